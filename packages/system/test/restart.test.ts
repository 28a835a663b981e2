import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  deployTypeScript,
  ECHO_TS,
  finished,
  type JobHandle,
  leftovers,
  logOf,
  numbers,
  type Platform,
  poll,
  processesOf,
  pythonPredict,
  rowsOf,
  signal,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

/** Waits, from item 50 on, until the file named by the config exists. */
const GATED = pythonPredict(
  'while payload[0] >= 50 and not os.path.exists(self.config["gate"]):',
  "    time.sleep(0.02)",
  "return payload",
);

test("a service killed while it enqueues 400,000 lines resumes, and every item has exactly one row", async (t) => {
  const platform = await startPlatform(t);
  await deployTypeScript(platform, "echo", ECHO_TS);
  const lines = 400_000;
  const file = join(platform.files, "many.ndjson");
  await writeFile(
    file,
    Array.from({ length: lines }, (_, i) => `{"n":${i},"text":"${"x".repeat(60)}"}\n`).join(""),
  );
  const files = { s3_paths: [file], batch_size: 10 };
  const job = await submit(platform, "echo", { workers: 2, delimited_files: files });
  for (let kill = 1; kill <= 2; kill++) {
    const before = await poll(
      "a good part of the batches",
      async () => {
        const { job_status: view } = await statusOf(job);
        t.is(view.status, "enqueuing", "the kill must hit the enqueuing job");
        return view.batches_in_queue >= kill * 8_000 && view.batches_in_queue;
      },
      { everyMs: 1 },
    );
    await platform.stop("SIGKILL");
    await platform.start();
    t.true((await statusOf(job)).job_status.batches_in_queue >= before, "what was queued is kept");
  }
  const { status } = await finished(job);
  t.is(status.job_status.status, "succeeded");
  t.is(status.job_status.total_batch_count, lines / 10);
  t.deepEqual(status.metrics.items, { total: lines, succeeded: lines, failed: 0 });
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, lines);
  t.true(rows.every(({ index, output }) => (output as { n: number }).n === index));
});

test("a job completes while no service runs, and the next service shows it", async (t) => {
  const { platform, job, gate } = await gatedJob(t, { workers: 2 });
  await poll("the first half", async () => (await rowsOf(job)).length === 50);
  await platform.stop("SIGKILL");
  t.true(leftovers(platform.home).length > 0, "the workers go on");
  await writeFile(gate, "");
  await poll("the workers' end", async () => leftovers(platform.home).length === 0);
  await platform.start();
  const { job_status } = await statusOf(job);
  t.is(job_status.status, "succeeded");
  t.truthy(job_status.output);
  assertEachOnce(t, await rowsOf(job), 100);
});

test("a service that ends by SIGTERM leaves its workers running, and the next one adopts them", async (t) => {
  const { platform, job, gate } = await gatedJob(t, { workers: 2 });
  await poll("the first half", async () => (await rowsOf(job)).length === 50);
  const workers = () =>
    processesOf(platform.home)
      .filter(({ kind }) => kind === "worker")
      .map(({ pid }) => pid);
  const before = workers();
  await platform.stop("SIGTERM");
  await platform.start();
  t.deepEqual(workers(), before);
  await writeFile(gate, "");
  t.is((await finished(job)).status.job_status.status, "succeeded");
  await assertScaledToZero(t, platform);
});

test("a worker that gets SIGTERM releases its batches, is restarted, and no attempt is charged", async (t) => {
  const { platform, job, gate } = await gatedJob(t, { workers: 1 });
  await poll("the first half", async () => (await rowsOf(job)).length === 50);
  const worker = processesOf(platform.home).find(({ kind }) => kind === "worker");
  if (!worker) return t.fail("no worker runs");
  signal(worker.pid, "SIGTERM");
  // What is in flight is finished, the rest is given back. Nothing shows that the signal has been heard.
  await delay(200);
  await writeFile(gate, "");
  const { status } = await finished(job);
  t.is(status.job_status.status, "succeeded");
  const log = await logOf(job);
  t.is(status.job_status.worker_states[0]?.restarts, 1, log);
  t.regex(log, /exit code 75/);
  assertEachOnce(t, await rowsOf(job), 100);
  await assertScaledToZero(t, platform);
});

test("a worker that sleeps past its lease loses its batches to another, and its late commits change nothing", async (t) => {
  const { platform, job, gate } = await gatedJob(t, { workers: 2 });
  await poll("the first half", async () => (await rowsOf(job)).length === 50);
  const sleeper = processesOf(platform.home).find(
    ({ kind, command }) => kind === "worker" && command.endsWith("--worker 0"),
  );
  if (!sleeper) return t.fail("no worker 0 runs");
  signal(sleeper.pid, "SIGSTOP");
  await writeFile(gate, "");
  // It may hold all that is left, when the other one began late.
  expireLeases(platform, { job, worker: 0 });
  const end = await finished(job);
  t.is(end.status.job_status.status, "succeeded");
  signal(sleeper.pid, "SIGCONT");
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, 100);
  t.true(rows.every(({ index, output }) => output === index));
  await assertScaledToZero(t, platform);
});

async function gatedJob(t: ExecutionContext, { workers }: { readonly workers: number }) {
  const platform = await startPlatform(t);
  await deployPython(platform, "gated", GATED);
  const gate = join(platform.files, "gate");
  const job = await submit(platform, "gated", numbers(100, { workers, batch_size: 5, config: { gate } }));
  return { platform, job, gate };
}

/** Makes a worker's leases as old as if it had been silent for long. */
function expireLeases(
  platform: Platform,
  { job, worker }: { readonly job: JobHandle; readonly worker: number },
): void {
  const database = new DatabaseSync(join(platform.home, "jobs", job.jobId, "job.db"), { timeout: 5_000 });
  database.prepare("UPDATE queue SET visible_at = 0 WHERE worker = ?").run(worker);
  database.close();
}
