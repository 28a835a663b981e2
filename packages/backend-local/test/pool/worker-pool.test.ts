import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { batch } from "@millrace/backend-suite";
import type { Job, PoolWorker } from "@millrace/core";
import { identify } from "@millrace/process-tree";
import test from "ava";
import { temporaryName } from "../../src/home/temporary-files.ts";
import { isRunning, poolHome, until } from "../fixtures/pool-home.ts";

const states = (workers: readonly PoolWorker[]) => workers.map(({ worker, state }) => `${worker} ${state}`);

function jobDatabase(home: string, job: Job): DatabaseSync {
  return new DatabaseSync(join(home, "jobs", job.spec.jobId, "job.db"));
}

test("start() runs each worker once, as its own process", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open();
  const { pool } = backend;
  const job = await home.job(backend);
  await pool.start(job, [1, 0]);
  const { pid, marker, gpus } = await home.seen(job, 0);
  await pool.start(job, [0, 1]);
  t.deepEqual(states(await pool.describe(job.spec.jobId)), ["0 running", "1 running"]);
  t.is((await home.seen(job, 0)).pid, pid);
  t.is(marker, "handed on");
  t.is(gpus, "");
  const stderr = join(home.home, "jobs", job.spec.jobId, "logs", "worker-00000.stderr");
  t.is(readFileSync(stderr, "utf8"), "fake worker is up\n");
  await home.seen(job, 1);
  await pool.stop(job.spec.jobId, { graceSeconds: 20 });
  t.false(isRunning(pid));
  t.like(await pool.describe(job.spec.jobId), [{ state: "exited", exitCode: 75 }]);
});

test("what a worker left half written is removed when it ends", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open();
  const job = await home.job(backend);
  await backend.pool.start(job, [0]);
  const { pid } = await home.seen(job, 0);
  const start = identify(pid).startId?.replace(/\W/g, "_");
  const names = [`object-${pid}-${start}-1`, temporaryName("object")];
  for (const name of names) writeFileSync(join(home.home, "tmp", name), "half of a part");
  process.kill(pid, "SIGKILL");
  await until(() => readdirSync(join(home.home, "tmp")).length === 1);
  t.deepEqual(readdirSync(join(home.home, "tmp")), names.slice(1));
});

test("start() restarts a worker that exited", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("exit");
  const job = await home.job(backend);
  const exited = () =>
    until(async () => {
      const [worker] = await backend.pool.describe(job.spec.jobId);
      return worker?.state === "exited" && worker;
    });
  await backend.pool.start(job, [0]);
  t.like(await exited(), { exitCode: 3, reason: "exit code 3" });
  await backend.pool.start(job, [0]);
  t.deepEqual(states(await backend.pool.describe(job.spec.jobId)), ["0 running"]);
  t.like(await exited(), { exitCode: 3 });
});

test("start() starts workers that wait behind a job that is over, even if nothing else ends", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("wait", { cpus: 2, gpus: [], memBytes: 2 ** 33 });
  const [first, over, last] = [
    await home.job(backend),
    await home.job(backend, { cpu: 2 }),
    await home.job(backend, { cpu: 2 }),
  ];
  for (const job of [first, over, last]) await backend.pool.start(job, [0]);
  const { pid } = await home.seen(first, 0);
  await backend.ledger.jobs.transition(over.spec.jobId, "stopped", { atMs: Date.now() });
  process.kill(pid, "SIGKILL");
  await home.seen(last, 0);
  t.like(await backend.pool.describe(over.spec.jobId), [{ state: "exited", reason: "the job is over" }]);
});

test("start() of a worker that ended keeps waiting after a restart of the service, and does not end again", async (t) => {
  const home = await poolHome(t);
  const machine = { cpus: 1, gpus: [], memBytes: 2 ** 33 };
  const backend = await home.open("wait", machine);
  const [job, other] = [await home.job(backend), await home.job(backend)];
  for (const one of [job, other]) await backend.pool.start(one, [0]);
  process.kill((await home.seen(job, 0)).pid, "SIGKILL");
  await home.seen(other, 0);
  await backend.pool.start(job, [0]);
  await backend.pool.close();
  const next = await home.open("wait", machine);
  t.deepEqual(await next.pool.describe(job.spec.jobId), []);
  t.like(await next.pool.describe(other.spec.jobId), [{ state: "running" }]);
});

test("start() assigns disjoint GPUs, and starts waiting workers when some are free", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("wait", { cpus: 8, gpus: ["0", "1", "MIG-a"], memBytes: 2 ** 33 });
  const one = await home.job(backend, { gpu: 2 });
  const two = await home.job(backend, { gpu: 1 });
  await backend.pool.start(one, [0, 1]);
  await backend.pool.start(two, [0]);
  t.is((await home.seen(one, 0)).gpus, "0,1");
  t.like(await backend.pool.describe(one.spec.jobId), [
    { state: "running" },
    { state: "pending", reason: "waiting for 2 GPUs: 2 of 3 in use" },
  ]);
  // The one in front keeps its place: the free GPU is not given past it.
  t.like(await backend.pool.describe(two.spec.jobId), [
    { state: "pending", reason: "waiting for 1 GPU: 2 of 3 in use, and others are ahead in the queue" },
  ]);
  process.kill((await home.seen(one, 0)).pid, "SIGKILL");
  const gpus = [(await home.seen(one, 1)).gpus, (await home.seen(two, 0)).gpus];
  t.deepEqual(gpus, ["0,1", "MIG-a"]);
});

test("start() keeps workers beyond CPUs and memory waiting, and says when one can never start", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("wait", { cpus: 2, gpus: [], memBytes: 4 * 1024 ** 3 });
  const { pool } = backend;
  const never = await home.job(backend, { gpu: 4 });
  const huge = await home.job(backend, { memBytes: 5 * 1024 ** 3 });
  const wide = await home.job(backend, { cpu: 64 });
  const small = await home.job(backend, { cpu: 0.5, memBytes: 3 * 1024 ** 3 });
  await pool.start(never, [0]);
  await pool.start(huge, [0]);
  await pool.start(wide, [0, 1]);
  await home.seen(wide, 0);
  const reason = async (job: Job) => (await pool.describe(job.spec.jobId)).at(-1)?.reason;
  t.is(await reason(never), "it can never start: it needs 4 GPUs, this machine has 0; lower compute.gpu");
  t.is(
    await reason(huge),
    "it can never start: it needs 5 GiB of memory, this machine has 4 GiB; lower compute.mem",
  );
  t.is(await reason(wide), "waiting for 2 CPUs: 2 of 2 in use");
  await pool.stop(wide.spec.jobId, { graceSeconds: 20 });
  await pool.start(small, [0, 1]);
  await home.seen(small, 0);
  t.is(await reason(small), "waiting for 3 GiB of memory: 3 GiB of 4 GiB in use");
  const waits = await home.job(backend, { memBytes: 2 * 1024 ** 3 });
  await pool.start(waits, [0]);
  const jobIds = (jobs: readonly Job[]) => jobs.map(({ spec }) => spec.jobId).sort();
  t.deepEqual(pool.busyJobs?.().toSorted(), jobIds([never, huge, small]));
  await pool.stop(never.spec.jobId, { graceSeconds: 1 });
  t.deepEqual(await pool.describe(never.spec.jobId), []);
});

test("a dead worker's process group is killed and its leases come back at once", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("parent");
  const job = await home.job(backend);
  const { jobId } = job.spec;
  await backend.queue.send(jobId, [{ batch: batch(0) }, { batch: batch(1) }]);
  await backend.pool.start(job, [0]);
  const { pid, childPid } = await home.seen(job, 0);
  await backend.queue.lease(jobId, { max: 1, leaseSeconds: 3_600, worker: 0 });
  const [kept] = await backend.queue.lease(jobId, { max: 1, leaseSeconds: 3_600, worker: 1 });
  process.kill(pid, "SIGKILL");
  await until(() => !isRunning(childPid));
  const [again] = await until(async () => {
    const leases = await backend.queue.lease(jobId, { max: 9, leaseSeconds: 60, worker: 2 });
    return leases.length > 0 && leases;
  });
  t.like(again, { batch: batch(0), receiveCount: 2 });
  t.deepEqual(await backend.queue.extend(jobId, [kept?.receipt ?? ""], 60), []);
  t.like(await backend.pool.describe(jobId), [{ state: "exited", signal: "SIGKILL" }]);
});

test("stop() kills what does not end in time, with everything it started", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("stubborn");
  const job = await home.job(backend);
  await backend.pool.start(job, [0]);
  const { pid, childPid } = await home.seen(job, 0);
  await backend.pool.stop(job.spec.jobId, { graceSeconds: 0.2 });
  t.false(isRunning(pid));
  t.false(isRunning(childPid));
  await backend.pool.stop(job.spec.jobId, { graceSeconds: 0.2 });
});

test("describe() adopts running workers after a restart, and sees how they ended", async (t) => {
  const home = await poolHome(t);
  const first = await home.open("wait", { cpus: 2, gpus: ["0", "1"], memBytes: 2 ** 33 });
  const job = await home.job(first, { gpu: 1 });
  const { jobId } = job.spec;
  await first.pool.start(job, [0, 1]);
  const [zero, one] = [await home.seen(job, 0), await home.seen(job, 1)];
  await first.queue.send(jobId, [{ batch: batch(0) }]);
  await first.queue.lease(jobId, { max: 1, leaseSeconds: 3_600, worker: 1 });
  await first.pool.close();
  await first.pool.close();
  const { pool, queue, ledger } = await home.open("wait", { cpus: 2, gpus: ["0", "1"], memBytes: 2 ** 33 });
  t.deepEqual(states(await pool.describe(jobId)), ["0 running", "1 running"]);
  // What adopted workers have is not given away.
  await pool.start(job, [0, 1, 2]);
  t.is((await pool.describe(jobId)).at(-1)?.reason, "waiting for 1 GPU: 2 of 2 in use");
  await ledger.workers.update(jobId, 1, { status: "succeeded" });
  process.kill(one.pid, "SIGKILL");
  const ended = await until(async () => {
    const worker = (await pool.describe(jobId))[1];
    return worker?.state === "exited" && worker;
  });
  t.like(ended, { exitCode: 0 });
  t.is((await queue.lease(jobId, { max: 1, leaseSeconds: 60, worker: 0 })).length, 1);
  t.is((await home.seen(job, 2)).gpus, one.gpus);
  await pool.stop(jobId, { graceSeconds: 20 });
  t.false(isRunning(zero.pid));
});

test("describe() never mistakes a process with a reused id for a worker, and never kills it", async (t) => {
  const home = await poolHome(t);
  const first = await home.open();
  const [job, bystander] = [await home.job(first), await home.job(first, { cpu: 2 })];
  await first.pool.start(bystander, [0]);
  const { pid } = await home.seen(bystander, 0);
  await first.pool.close();
  const database = jobDatabase(home.home, job);
  const insert =
    "INSERT INTO processes (worker, state, pid, start_id, gpus) VALUES (?, 'running', ?, '1', '')";
  database.prepare(insert).run(0, pid);
  database.close();
  const { pool } = await home.open();
  t.like(await pool.describe(job.spec.jobId), [{ worker: 0, state: "exited" }]);
  await pool.stop(job.spec.jobId, { graceSeconds: 0 });
  t.true(isRunning(pid));
});
