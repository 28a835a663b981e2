import { setTimeout as delay } from "node:timers/promises";
import { isClientError } from "@millrace/client";
import { isTerminal } from "@millrace/core";
import test from "ava";
import {
  assertEachOnce,
  deployPython,
  finished,
  type JobHandle,
  numbers,
  poll,
  processesOf,
  pythonPredict,
  rowsOf,
  runJob,
  seededRandom,
  sharedPlatform,
  signal,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

const platform = sharedPlatform(test);

const ITEMS = 600;
/** Refuses one item of seven, slowly. */
const REFUSE = pythonPredict(
  "time.sleep(0.01)",
  "if any(item % 7 == 3 for item in payload):",
  '    raise ValueError("refused")',
  "return payload",
);
const ACCEPT = pythonPredict("return payload");
const body = numbers(ITEMS, { batch_size: 32, workers: 2, max_attempts: 1 });

for (const rows of [1, 30, 80]) {
  test(`a job that is stopped while it isolates items, after ${rows} of its ${ITEMS} rows, is completed by a retry`, async (t) => {
    const name = `stop-${rows}`;
    await deployPython(platform(), name, REFUSE);
    const job = await submit(platform(), name, body);
    await poll("the first rows", async () => (await rowsOf(job)).length >= rows);
    await platform().client.stop(name, job.jobId);
    const parent = await finished(job);
    const before = await rowsOf(job);
    t.log(`${before.length} rows when it was stopped`);
    await deployPython(platform(), name, ACCEPT);
    const child = await retry(job);
    t.is(child.status.job_status.status, "succeeded");
    const { items } = parent.status.metrics;
    t.is(
      child.status.metrics.items.total,
      ITEMS - items.succeeded,
      "a retry does again what has no output, no more",
    );
    assertEachOnce(t, await rowsOf(child), ITEMS);
    t.true((await rowsOf(child)).every(({ index, output }) => output === index));
  });
}

test("a stopped retry can be retried, and the output of all three jobs is complete", async (t) => {
  await deployPython(platform(), "chain", REFUSE);
  const first = await runJob(platform(), "chain", body);
  t.is(first.status.job_status.status, "completed_with_failures");
  await deployPython(platform(), "chain", pythonPredict("time.sleep(0.5)", "return payload"));
  const second = await startRetry(first);
  await poll("a row", async () => (await statusOf(second)).metrics.items.succeeded > 0);
  await platform().client.stop("chain", second.jobId);
  const stopped = await finished(second);
  t.is(stopped.status.job_status.status, "stopped");
  const third = await retry(second);
  t.is(third.status.job_status.status, "succeeded");
  t.is(third.status.job_status.parent_job_id, second.jobId);
  assertEachOnce(t, await rowsOf(third), ITEMS);
  t.true((await rowsOf(third)).every(({ index, output }) => output === index));
});

test("a retry of a job without failures is refused", async (t) => {
  await deployPython(platform(), "whole", ACCEPT);
  const job = await runJob(platform(), "whole", numbers(10));
  const error = await t.throwsAsync(platform().client.retry("whole", job.jobId));
  t.true(isClientError(error, "conflict"));
});

test("workers and predictors killed while they isolate items leave one row per item, and the same failures", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "refuse", REFUSE);
  const job = await submit(platform, "refuse", { ...body, workers: 3, max_attempts: 3 });
  await started(job);
  const random = seededRandom(7);
  let kills = 0;
  for (let done = 0; kills < 12; kills++) {
    // A kill for each bit of work, however slow the machine: killed only while they start, they would be given up.
    const more = await moreDoneThan(job, done);
    if (more === undefined) break;
    done = more;
    await delay(200 * random());
    const targets = processesOf(platform.home).filter(
      ({ kind }) => kind === "worker" || kind === "predictor",
    );
    const target = targets[Math.floor(random() * targets.length)];
    if (target) signal(target.pid, "SIGKILL");
  }
  t.true(kills >= 6, `${kills} kills before the job was over`);
  const { status } = await finished(job);
  t.is(status.job_status.status, "completed_with_failures");
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, ITEMS);
  t.true(rows.every(({ index, error }) => (error !== undefined) === (index % 7 === 3)));
});

/** How many items are finished, once there are more than `before`; undefined when the job is over. */
async function moreDoneThan(job: JobHandle, before: number): Promise<number | undefined> {
  const { job_status, metrics } = await poll("more finished items, or the end", async () => {
    const view = await statusOf(job);
    const { succeeded, failed } = view.metrics.items;
    return succeeded + failed > before || isTerminal(view.job_status.status) ? view : undefined;
  });
  return isTerminal(job_status.status) ? undefined : metrics.items.succeeded + metrics.items.failed;
}

function started(job: JobHandle): Promise<unknown> {
  return poll("a running worker", async () => {
    const { job_status } = await statusOf(job);
    return job_status.worker_states.some(({ status }) => status === "running");
  });
}

async function startRetry({ platform, endpoint, jobId }: JobHandle): Promise<JobHandle> {
  const view = await platform.client.retry(endpoint, jobId);
  return { platform, endpoint, jobId: view.job_id };
}

async function retry(job: JobHandle) {
  return finished(await startRetry(job));
}
