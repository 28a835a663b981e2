import test from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  deployTypeScript,
  ECHO_TS,
  finished,
  type JobHandle,
  killAtRandom,
  numbers,
  patiently,
  poll,
  putInput,
  pythonPredict,
  resultDigest,
  rowsOf,
  runJob,
  startPlatform,
  statusOf,
  submit,
} from "../../src/mod.ts";

const ITEMS = 20_000;
/** About 1 ms an item: long enough for every misfortune to hit the running job. */
const SQUARE = pythonPredict("time.sleep(0.001 * len(payload))", "return [i * i for i in payload]");

/** The bytes of the same job on this machine, without misfortune. */
async function cleanDigest(
  t: Parameters<typeof startPlatform>[0],
  body: ReturnType<typeof numbers>,
): Promise<string> {
  const local = await startPlatform(t);
  await deployPython(local, "square", SQUARE);
  return resultDigest(await runJob(local, "square", body));
}

test.serial(
  "20 random kills of workers, predictors and the service on AWS give the output of a clean run on one machine",
  async (t) => {
    const platform = await startPlatform(t, { aws: true });
    await deployPython(platform, "square", SQUARE);
    const body = numbers(ITEMS, { workers: 3, batch_size: 43 });
    const job = await submit(platform, "square", body);
    await poll("the first rows", async () => (await statusOf(job)).metrics.items.succeeded > 0);
    const killed = await killAtRandom(job, { kills: 20, everyMs: 500, serviceKills: new Set([6, 13]) });
    t.log(`killed ${JSON.stringify(killed)}`);
    t.is(killed.worker + killed.predictor + killed.service, 20);
    const { status } = await finished(job);
    t.is(status.job_status.status, "succeeded", JSON.stringify(status.job_status.status_reason));
    assertEachOnce(t, await rowsOf(job), ITEMS);
    await assertScaledToZero(t, platform);
    t.is(await resultDigest(job), await cleanDigest(t, body));
  },
);

test.serial(
  "4 of 10 spot machines are reclaimed, two without notice, and no row is lost and no attempt charged",
  async (t) => {
    const platform = await startPlatform(t, { aws: true });
    await deployPython(platform, "square", SQUARE, { compute: { spot: "true" } });
    const body = numbers(ITEMS, { workers: 10, batch_size: 50 });
    const job = await submit(platform, "square", body);
    for (let reclaims = 0; reclaims < 4; reclaims++) {
      const target = await poll("a worker that works", async () => {
        const { job_status: view } = await statusOf(job);
        t.is(view.status === "enqueuing" || view.status === "running", true, `the job is ${view.status}`);
        const seat = view.worker_states.find(
          ({ worker, status }) => worker === reclaims * 2 && status === "running",
        );
        return (
          seat &&
          platform.aws.batch.jobs().find(({ index, pid }) => index === seat.worker && pid !== undefined)
        );
      });
      platform.aws.batch.reclaimSpot(target.jobId);
      if (reclaims % 2 === 1 && target.pid !== undefined) process.kill(target.pid, "SIGKILL");
    }
    const { status } = await finished(job);
    t.is(status.job_status.status, "succeeded", JSON.stringify(status.job_status.status_reason));
    assertEachOnce(t, await rowsOf(job), ITEMS);
    await assertScaledToZero(t, platform);
    const { batch } = platform.aws;
    await poll("the ends of the Batch jobs", async () => batch.jobs().every(({ pid }) => pid === undefined));
    const again = batch.jobs().filter(({ attempts }) => attempts >= 2);
    t.true(again.length >= 4, "AWS Batch started them again itself");
    t.is(await resultDigest(job), await cleanDigest(t, body));
  },
);

test.serial(
  "a service killed while it enqueues 200,000 lines from S3 resumes, and every item has exactly one row",
  async (t) => {
    const platform = await startPlatform(t, { aws: true });
    await deployTypeScript(platform, "echo", ECHO_TS);
    const lines = 200_000;
    const text = Array.from({ length: lines }, (_, i) => `{"n":${i},"text":"${"x".repeat(60)}"}\n`).join("");
    const file = await putInput(platform, "input/many.ndjson", text);
    const job = await submit(platform, "echo", {
      workers: 2,
      delimited_files: { s3_paths: [file], batch_size: 100 },
    });
    for (let kill = 1; kill <= 2; kill++) {
      await poll("a part of the batches", async () => {
        const { job_status: view } = await statusOf(job);
        t.is(view.status, "enqueuing", "the kill must hit the enqueuing job");
        return view.batches_in_queue >= kill * 300;
      });
      await platform.stop("SIGKILL");
      await platform.start();
    }
    const { status } = await finished(job);
    t.is(status.job_status.status, "succeeded", JSON.stringify(status.job_status.status_reason));
    t.is(status.job_status.total_batch_count, lines / 100);
    const rows = await rowsOf(job);
    assertEachOnce(t, rows, lines);
    t.true(rows.every(({ index, output }) => (output as { n: number }).n === index));
  },
);

test.serial(
  "with every fault in 5 % of all requests to AWS, a job of 20,000 items completes, each item once",
  async (t) => {
    const platform = await startPlatform(t, { aws: { withFaults: true } });
    await deployPython(platform, "square", SQUARE);
    const body = numbers(ITEMS, { workers: 3, batch_size: 40 });
    const { faults } = platform.aws;
    faults?.setRates(FIVE_PERCENT);
    const job = await poll("an answer to the submission", () =>
      patiently(() => submit(platform, "square", body, { idempotencyKey: "faulty" })),
    );
    const { status } = await finished(job);
    faults?.setRates({});
    t.log(`faults done: ${JSON.stringify(faults?.counts)}`);
    t.is(status.job_status.status, "succeeded", JSON.stringify(status.job_status.status_reason));
    t.deepEqual(status.metrics.items, { total: ITEMS, succeeded: ITEMS, failed: 0 });
    await checkRows(t, job);
    t.is(await resultDigest(job), await cleanDigest(t, body));
  },
);

const FIVE_PERCENT = {
  error500: 0.05,
  throttle: 0.05,
  timeoutAfterSuccess: 0.05,
  drop: 0.05,
  delay: 0.05,
  emptyReceive: 0.05,
  reorder: 0.05,
  duplicate: 0.05,
  redeliver: 0.05,
  partialFailure: 0.05,
  conflict: 0.05,
  unprocessed: 0.05,
  cutBody: 0.05,
};

async function checkRows(t: Parameters<typeof assertEachOnce>[0], job: JobHandle): Promise<void> {
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, ITEMS);
  t.true(rows.every(({ index, output }) => output === index * index));
}
