import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Job, type PoolWorker, silentLogger } from "@millrace/core";
import test from "ava";
import { openLocalBackend } from "../../src/mod.ts";
import { isRunning, poolHome, until } from "../fixtures/pool-home.ts";

const states = (workers: readonly PoolWorker[]) => workers.map(({ worker, state }) => `${worker} ${state}`);

function jobDatabase(home: string, job: Job): DatabaseSync {
  return new DatabaseSync(join(home, "jobs", job.spec.jobId, "job.db"));
}

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("describe() finds a worker whose service was killed before it wrote its number down", async (t) => {
  const home = await poolHome(t);
  const first = await home.open();
  const job = await home.job(first);
  await first.pool.start(job, [0]);
  const { pid } = await home.seen(job, 0);
  await first.pool.close();
  const database = jobDatabase(home.home, job);
  database.exec("UPDATE processes SET state = 'starting', pid = NULL, start_id = NULL");
  database.exec("INSERT INTO processes (worker, state, gpus) VALUES (1, 'starting', '')");
  database.close();
  const { pool } = await home.open();
  t.like(await pool.describe(job.spec.jobId), [{ state: "running" }, { state: "exited" }]);
  await pool.stop(job.spec.jobId, { graceSeconds: 20 });
  t.false(isRunning(pid));
});

test("start() reports that the worker's program cannot be started", async (t) => {
  const home = await poolHome(t);
  const command = join(home.home, "no-such-program");
  const options = { home: home.home, logger: silentLogger, workerCommand: [command], environment: {} };
  const backend = await openLocalBackend(options);
  const job = await home.job(backend);
  await backend.pool.start(job, [0]);
  const worker = await until(async () =>
    (await backend.pool.describe(job.spec.jobId)).find(({ state }) => state === "exited"),
  );
  t.regex(worker.reason ?? "", /cannot be started: .*ENOENT/);
  await backend.pool.close();
  await backend.ledger.close();
});

onLinux(
  "start() waits where the system can start no process now, and starts the worker once it can",
  async (t) => {
    const home = await poolHome(t);
    const backend = await home.open();
    const { apiVersion } = (await home.job(backend)).spec;
    const script = fileURLToPath(new URL("../fixtures/start-without-descriptors.ts", import.meta.url));
    const fakeWorker = fileURLToPath(new URL("../fixtures/fake-worker.ts", import.meta.url));
    const command = [
      "-c",
      'ulimit -n 100; exec "$@"',
      "bash",
      process.execPath,
      script,
      home.home,
      apiVersion,
      fakeWorker,
    ];
    const { stdout } = await promisify(execFile)("bash", command, { timeout: 50_000 });
    const { before, after } = JSON.parse(stdout) as { before: PoolWorker; after: PoolWorker };
    t.is(before.state, "pending");
    t.regex(before.reason ?? "", /^cannot be started: /);
    t.deepEqual(after, { worker: 0, state: "running" });
  },
);

test("the pool survives the deletion of a job while its adopted worker runs", async (t) => {
  const home = await poolHome(t);
  const first = await home.open();
  const job = await home.job(first);
  await first.pool.start(job, [0]);
  const { pid } = await home.seen(job, 0);
  await first.pool.close();
  const { pool, ledger } = await home.open();
  t.deepEqual(states(await pool.describe(job.spec.jobId)), ["0 running"]);
  await ledger.jobs.delete(job.spec.jobId);
  await pool.stop(job.spec.jobId, { graceSeconds: 20 });
  t.false(isRunning(pid));
});
