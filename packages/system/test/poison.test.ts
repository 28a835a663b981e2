import test from "ava";
import {
  assertEachOnce,
  deployPython,
  failuresOf,
  finished,
  type JobHandle,
  numbers,
  pythonPredict,
  rowsOf,
  runJob,
  sharedPlatform,
} from "../src/mod.ts";

const platform = sharedPlatform(test);

const POISON = pythonPredict(
  'if any(item in self.config["poison"] for item in payload):',
  '    raise ValueError(f"cannot digest {payload}")',
  "return [item * 2 for item in payload]",
);
const MENDED = pythonPredict("return [item * 2 for item in payload]");

test("one bad item in a batch of 64 is one error row among 63 outputs, and a retry with the fixed predictor completes the output", async (t) => {
  await deployPython(platform(), "poison", POISON);
  const config = { poison: [41] };
  const job = await runJob(platform(), "poison", numbers(192, { batch_size: 64, workers: 2, config }));
  t.is(job.status.job_status.status, "completed_with_failures");
  t.deepEqual(job.status.metrics.items, { total: 192, succeeded: 191, failed: 1 });
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, 192);
  t.deepEqual(
    rows.filter(({ error }) => error).map(({ index, error }) => [index, error?.code]),
    [[41, "predictor_error"]],
  );
  const [failure, ...others] = await failuresOf(job);
  t.deepEqual(others, []);
  t.is(failure?.payload, 41);
  t.is(failure?.attempts.length, 3, "a single item has all its attempts");
  for (const attempt of failure?.attempts ?? []) {
    t.is(attempt.type, "ValueError");
    t.regex(attempt.traceback ?? "", /predictor\.py", line 8, in predict/);
  }
  t.true((failure?.error.attempts ?? 0) > 3, "attempts of the larger batches count, too");

  await deployPython(platform(), "poison", MENDED);
  const child = await retry(job);
  t.is(child.status.job_status.status, "succeeded");
  t.is(child.status.job_status.parent_job_id, job.jobId);
  t.deepEqual(child.status.metrics.items, { total: 1, succeeded: 1, failed: 0 });
  const merged = await rowsOf(child);
  assertEachOnce(t, merged, 192);
  t.true(merged.every(({ index, output }) => output === index * 2));
});

test("several bad items are isolated, and a retry with the same predictor fails on them again", async (t) => {
  await deployPython(platform(), "poisons", POISON);
  const poison = [0, 17, 63, 64, 99];
  const body = numbers(100, { batch_size: 64, config: { poison }, max_attempts: 1 });
  const job = await runJob(platform(), "poisons", body);
  const failed = (rows: Awaited<ReturnType<typeof rowsOf>>) =>
    rows.filter(({ error }) => error).map(({ index }) => index);
  t.deepEqual(failed(await rowsOf(job)), poison);
  const child = await retry(job);
  t.is(child.status.job_status.status, "completed_with_failures");
  const merged = await rowsOf(child);
  assertEachOnce(t, merged, 100);
  t.deepEqual(failed(merged), poison);
});

test("on_failure fail_batch fails the whole batch and no others", async (t) => {
  await deployPython(platform(), "whole", POISON);
  const body = numbers(30, { config: { poison: [12] }, on_failure: "fail_batch" });
  const job = await runJob(platform(), "whole", body);
  t.is(job.status.job_status.status, "completed_with_failures");
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, 30);
  t.true(rows.every(({ index, error }) => (error !== undefined) === (index >= 10 && index < 20)));
  t.deepEqual([...new Set(rows.flatMap(({ error }) => error?.attempts ?? []))], [3]);
});

test("max_failed_items ends the job early with too_many_failures, and what succeeded is kept", async (t) => {
  await deployPython(platform(), "breaker", POISON);
  const poison = Array.from({ length: 500 }, (_, i) => i + 20);
  const body = numbers(1_000, { config: { poison }, max_attempts: 1, max_failed_items: 5 });
  const job = await runJob(platform(), "breaker", body);
  t.is(job.status.job_status.status, "worker_error");
  t.is(job.status.job_status.status_reason?.code, "too_many_failures");
  const { items } = job.status.metrics;
  t.true(items.failed > 5 && items.failed < 300, `${items.failed} failed`);
  t.is((await rowsOf(job)).length, items.succeeded + items.failed);
});

test("a predictor that always fails ends the job early with nothing_succeeds", async (t) => {
  await deployPython(platform(), "always", pythonPredict('raise RuntimeError("never works")'));
  const job = await runJob(platform(), "always", numbers(20_000, { batch_size: 20, workers: 2 }));
  t.is(job.status.job_status.status, "worker_error");
  t.is(job.status.job_status.status_reason?.code, "nothing_succeeds");
  t.regex(job.status.job_status.status_reason?.message ?? "", /RuntimeError: never works/);
  t.true(job.status.metrics.items.failed < 5_000, `${job.status.metrics.items.failed} of 20,000 failed`);
});

test("a predictor that always fails also ends early with batches of one item and with fail_batch", async (t) => {
  await deployPython(platform(), "hopeless", pythonPredict('raise RuntimeError("never works")'));
  const single = numbers(5_000, { batch_size: 1 });
  const whole = numbers(5_000, { batch_size: 5, on_failure: "fail_batch" as const });
  for (const body of [single, whole]) {
    const job = await runJob(platform(), "hopeless", body);
    t.is(job.status.job_status.status, "worker_error", `batch_size ${body.item_list?.batch_size}`);
    t.is(job.status.job_status.status_reason?.code, "nothing_succeeds");
  }
});

async function retry({ platform, endpoint, jobId }: JobHandle) {
  const view = await platform.client.retry(endpoint, jobId);
  return finished({ platform, endpoint, jobId: view.job_id });
}
