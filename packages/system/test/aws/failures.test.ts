import test from "ava";
import {
  assertEachOnce,
  callSqs,
  deployPython,
  failuresOf,
  finished,
  type JobHandle,
  logOf,
  numbers,
  type Platform,
  poll,
  pythonConstruct,
  pythonPredict,
  resultDigest,
  rowsOf,
  runJob,
  sharedPlatform,
  statusOf,
  submit,
} from "../../src/mod.ts";

const aws = sharedPlatform(test, { aws: true });
const local = sharedPlatform(test);

const POISON = pythonPredict(
  'if any(item in self.config["poison"] for item in payload):',
  '    raise ValueError(f"cannot digest {payload}")',
  "return [item * 2 for item in payload]",
);
const MENDED = pythonPredict("return [item * 2 for item in payload]");
/** Takes for ever from item 30 on. */
const STUCK = pythonPredict("while payload[0] >= 30:", "    time.sleep(1)", "return payload");

async function retry({ platform, endpoint, jobId }: JobHandle) {
  const view = await platform.client.retry(endpoint, jobId);
  return finished({ platform, endpoint, jobId: view.job_id });
}

test.serial(
  "a bad item is one error row, and a retry with the fixed predictor completes the output, as on one machine",
  async (t) => {
    const body = numbers(192, { batch_size: 64, workers: 2, config: { poison: [41] } });
    const run = async (platform: Platform) => {
      await deployPython(platform, "poison", POISON);
      const job = await runJob(platform, "poison", body);
      await deployPython(platform, "poison", MENDED);
      return { job, child: await retry(job) };
    };
    const there = await run(aws());
    const here = await run(local());
    t.is(there.job.status.job_status.status, "completed_with_failures");
    t.deepEqual(there.job.status.metrics.items, { total: 192, succeeded: 191, failed: 1 });
    const [failure, ...others] = await failuresOf(there.job);
    t.deepEqual(others, []);
    t.is(failure?.payload, 41);
    t.is(failure?.attempts.length, 3);
    t.regex(failure?.attempts[0]?.traceback ?? "", /predictor\.py", line 8, in predict/);
    t.deepEqual(there.child.status.metrics.items, { total: 1, succeeded: 1, failed: 0 });
    assertEachOnce(t, await rowsOf(there.child), 192);
    t.is(await resultDigest(there.job), await resultDigest(here.job));
    t.is(await resultDigest(there.child), await resultDigest(here.child));
  },
);

test.serial(
  "a batch that finally failed is in the job's dead-letter queue, with the location of its items",
  async (t) => {
    await deployPython(aws(), "letters", POISON);
    const queue = await createQueue(aws(), "failed-batches");
    const body = numbers(40, {
      config: { poison: [17] },
      sqs_dead_letter_queue: { arn: queue.arn, max_receive_count: 2 },
    });
    const job = await runJob(aws(), "letters", body);
    t.is(job.status.job_status.status, "completed_with_failures");
    t.is((await failuresOf(job))[0]?.attempts.length, 2, "max_receive_count is how often a batch is tried");
    const [letter, ...others] = await receiveAll(aws(), queue.url);
    t.deepEqual(others, []);
    t.like(letter, { job_id: job.jobId, batch_id: "000000000017-1", first_index: 17, count: 1 });
    t.regex(JSON.stringify(letter), /items\.ndjson.*cannot digest/);
    const unknown = queue.arn.replace("failed-batches", "no-such-queue");
    const refused = submit(aws(), "letters", {
      ...body,
      sqs_dead_letter_queue: { arn: unknown, max_receive_count: 2 },
    });
    await t.throwsAsync(refused, { message: /sqs_dead_letter_queue\.arn: there is no such queue/ });
  },
);

test.serial("DELETE stops a running job, ends its workers, and a retry completes the rest", async (t) => {
  await deployPython(aws(), "stuck", STUCK);
  const job = await submit(aws(), "stuck", numbers(100, { workers: 2 }));
  await poll("the first rows", async () => (await rowsOf(job)).length === 30);
  await aws().client.stop("stuck", job.jobId);
  t.is((await statusOf(job)).job_status.status, "stopped");
  await finished(job);
  assertEachOnce(t, await rowsOf(job), 30);
  await poll("the end of the Batch jobs", async () =>
    aws()
      .aws.batch.jobs()
      .every(({ pid }) => pid === undefined),
  );
  await deployPython(aws(), "stuck", pythonPredict("return payload"));
  const child = await retry(job);
  t.is(child.status.job_status.status, "succeeded");
  t.deepEqual(child.status.metrics.items, { total: 70, succeeded: 70, failed: 0 });
  assertEachOnce(t, await rowsOf(child), 100);
});

test.serial("timeout ends a job that hangs, counted from its submission", async (t) => {
  await deployPython(aws(), "hangs", STUCK);
  const job = await runJob(aws(), "hangs", numbers(100, { workers: 2, timeout: 15 }));
  t.is(job.status.job_status.status, "timed_out");
  const { created_time: created, end_time: ended } = job.status.job_status;
  const seconds = (Date.parse(ended ?? "") - Date.parse(created)) / 1_000;
  t.true(seconds >= 15, `${seconds} s`);
  assertEachOnce(t, await rowsOf(job), 30);
});

test.serial(
  "a constructor that raises ends the job worker_error, with its traceback in the log",
  async (t) => {
    await deployPython(aws(), "broken", pythonConstruct('raise KeyError("no weights")'));
    const job = await runJob(aws(), "broken", numbers(20, { workers: 2 }));
    t.is(job.status.job_status.status, "worker_error");
    t.regex(job.status.job_status.status_reason?.message ?? "", /KeyError: 'no weights'/);
    t.regex(await logOf(job), /predictor\.py", line \d+, in __init__/);
  },
);

test.serial(
  "a project whose dependencies cannot be installed ends the job worker_error, with pip's output in the log",
  async (t) => {
    await deployPython(aws(), "dependent", pythonPredict("return payload"), {
      files: { "requirements.txt": "./no-such-package\n" },
    });
    const job = await runJob(aws(), "dependent", numbers(20, { workers: 2 }));
    t.is(job.status.job_status.status, "worker_error");
    t.is(job.status.job_status.status_reason?.code, "dependencies_failed");
    t.regex(await logOf(job), /no-such-package/);
  },
);

async function createQueue(
  platform: Platform,
  name: string,
): Promise<{ readonly url: string; readonly arn: string }> {
  const { QueueUrl: url } = await callSqs<{ QueueUrl: string }>(platform, "CreateQueue", { QueueName: name });
  const { Attributes } = await callSqs<{ Attributes: { QueueArn: string } }>(platform, "GetQueueAttributes", {
    QueueUrl: url,
    AttributeNames: ["QueueArn"],
  });
  return { url, arn: Attributes.QueueArn };
}

async function receiveAll(platform: Platform, url: string): Promise<readonly Record<string, unknown>[]> {
  const input = { QueueUrl: url, MaxNumberOfMessages: 10 };
  const { Messages = [] } = await callSqs<{ Messages?: { Body: string }[] }>(
    platform,
    "ReceiveMessage",
    input,
  );
  return Messages.map(({ Body }) => JSON.parse(Body) as Record<string, unknown>);
}
