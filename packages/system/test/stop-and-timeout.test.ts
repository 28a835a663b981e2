import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isClientError } from "@millrace/client";
import test from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  deployTypeScript,
  ECHO_TS,
  finished,
  type JobHandle,
  leftovers,
  numbers,
  poll,
  pythonPredict,
  rowsOf,
  runJob,
  sharedPlatform,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

const platform = sharedPlatform(test);

/** Takes for ever from item 30 on, while the config says so. */
const STUCK = pythonPredict(
  'while payload[0] >= 30 and self.config.get("stuck"):',
  "    time.sleep(1)",
  "return payload",
);

test("DELETE stops a running job at once and keeps its results, and a retry completes the rest", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "stuck", STUCK);
  const job = await submit(platform, "stuck", numbers(100, { workers: 2, config: { stuck: true } }));
  await poll("the first rows", async () => (await rowsOf(job)).length === 30);
  const { message } = await platform.client.stop("stuck", job.jobId);
  t.is(message, `stopped job ${job.jobId}`);
  t.is((await statusOf(job)).job_status.status, "stopped");
  await poll("the end of all processes", async () => leftovers(platform.home).length === 0);
  const { status } = await finished(job);
  assertEachOnce(t, await rowsOf(job), 30);
  const manifest = JSON.parse(await readFile(status.job_status.output?.manifest ?? "", "utf8"));
  t.like(manifest, {
    job_id: job.jobId,
    status: "stopped",
    rows: 30,
    succeeded: 30,
    failed: 0,
    complete: false,
  });
  const again = await t.throwsAsync(platform.client.stop("stuck", job.jobId));
  t.true(isClientError(again, "conflict"));

  // The retry's config is its parent's: the mended predictor does not look at it.
  await deployPython(platform, "stuck", pythonPredict("return payload"));
  const child = await retry(job);
  t.is(child.status.job_status.status, "succeeded");
  t.deepEqual(child.status.metrics.items, { total: 70, succeeded: 70, failed: 0 });
  assertEachOnce(t, await rowsOf(child), 100);
});

test("a job that is stopped while its output is written has a manifest that says so", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "large", pythonPredict('return ["x" * 100_000] * len(payload)'));
  const job = await submit(platform, "large", numbers(1_500, { workers: 1, batch_size: 50 }));
  const output = join(platform.home, "jobs", job.jobId, "objects", "output");
  const temporary = join(platform.home, "tmp");
  const isWriting = async () => {
    const names = await readdir(temporary).catch(() => []);
    return names.some((name) => name.startsWith("object-"));
  };
  await poll("the output's first bytes", isWriting, { everyMs: 2 });
  await platform.client.stop("large", job.jobId);
  const { status } = await finished(job);
  t.is(status.job_status.status, "stopped");
  await poll("the output", async () => (await statusOf(job)).job_status.output);
  await poll("the end of all processes", async () => leftovers(platform.home).length === 0);
  const manifest = JSON.parse(await readFile(join(output, "manifest.json"), "utf8"));
  t.like(manifest, { status: "stopped", rows: 1_500, complete: true });
  assertEachOnce(t, await rowsOf(job), 1_500);
});

test("a job that exceeds its timeout is timed_out, keeps its results, and leaves no process", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "late", STUCK);
  const startedMs = Date.now();
  const job = await runJob(
    platform,
    "late",
    numbers(100, { workers: 2, timeout: 12, config: { stuck: true } }),
  );
  t.is(job.status.job_status.status, "timed_out");
  t.regex(job.status.job_status.status_reason?.message ?? "", /12 s/);
  const endedMs = Date.parse(job.status.job_status.end_time ?? "");
  t.true(endedMs - startedMs >= 12_000);
  assertEachOnce(t, await rowsOf(job), 30);
  await assertScaledToZero(t, platform);
});

test("a job can be stopped while it is enqueued", async (t) => {
  const job = await enqueuingJob("stop-early");
  await poll("some batches", async () => (await statusOf(job)).job_status.batches_in_queue > 0, {
    everyMs: 1,
  });
  await job.platform.client.stop(job.endpoint, job.jobId);
  const { status } = await finished(job);
  t.is(status.job_status.status, "stopped");
  t.is(status.metrics.items.total, null);
  t.deepEqual(await rowsOf(job), []);
  t.is((await statusOf(job)).job_status.batches_in_queue, 0);
});

test("a job's timeout counts from submission: it ends a job that is still being enqueued", async (t) => {
  const job = await enqueuingJob("late-early", { timeout: 1 });
  const { status } = await finished(job);
  t.is(status.job_status.status, "timed_out");
  t.is(status.metrics.items.total, null, "it was still being enqueued");
});

test("a job whose workers can never start on this machine ends, saying why", async (t) => {
  const compute = { mem: "100000Gi" };
  await deployPython(platform(), "huge", pythonPredict("return payload"), { compute });
  const { status } = await runJob(platform(), "huge", numbers(10));
  t.is(status.job_status.status, "worker_error");
  t.regex(status.job_status.status_reason?.message ?? "", /100000 GiB of memory.*lower compute\.mem/);
});

/** A job whose dataset takes seconds to enqueue. */
async function enqueuingJob(name: string, more: { readonly timeout?: number } = {}): Promise<JobHandle> {
  await deployTypeScript(platform(), name, ECHO_TS);
  const file = join(platform().files, `${name}.ndjson`);
  await writeFile(file, "1\n".repeat(4_000_000));
  const delimited_files = { s3_paths: [file], batch_size: 1 };
  return submit(platform(), name, { workers: 1, delimited_files, ...more });
}

async function retry({ platform, endpoint, jobId }: JobHandle) {
  const view = await platform.client.retry(endpoint, jobId);
  return finished({ platform, endpoint, jobId: view.job_id });
}
