import { writeFile } from "node:fs/promises";
import test from "ava";
import { FOREVER, shell, startHarness, until } from "./harness.ts";

test("a job goes through its statuses and has its times, task and log stream when it runs", async (t) => {
  const { fake, submit, status, ended, job, folder, log } = await startHarness(t, { maxVcpus: 0 });
  const beforeMs = Date.now();
  const id = await submit(shell(`echo out; echo err >&2; until [ -e ${folder}/go ]; do sleep 0.02; done`));
  const submitted = await job(id);
  t.is(submitted.container?.logStreamName, undefined);
  t.is(submitted.startedAt, undefined);
  t.true((submitted.createdAt as number) >= beforeMs);
  fake.setCapacity(1);
  const running = await status(id, "RUNNING");
  t.true((running.startedAt as number) >= (running.createdAt as number));
  t.is(running.stoppedAt, undefined);
  // As the service does: the attempt is listed when it has ended.
  t.deepEqual(running.attempts, []);
  t.regex(running.container?.logStreamName as string, /^definition-1\/default\/[0-9a-f-]{36}$/);
  t.regex(running.container?.taskArn as string, /^arn:aws:ecs:us-east-1:123456789012:task\/plain-ce_Batch\//);
  await writeFile(`${folder}/go`, "");
  const done = await ended(id);
  t.is(done.status, "SUCCEEDED");
  t.is(done.container?.exitCode, 0);
  t.is(done.statusReason, "Essential container in task exited");
  t.is(done.attempts?.length, 1);
  t.like(done.attempts?.[0], {
    startedAt: running.startedAt,
    stoppedAt: done.stoppedAt,
    container: { exitCode: 0, logStreamName: running.container?.logStreamName },
  });
  t.deepEqual((await log(done)).split("\n").toSorted(), ["", "err", "out"]);
});

test("the process gets the environment of base, definition, overrides and Batch, and nothing else", async (t) => {
  const { define, submit, ended, log } = await startHarness(t, {
    baseEnvironment: { PATH: "/usr/bin:/bin", BASE: "base", BOTH: "base" },
  });
  const jobDefinition = await define(["env"], {
    parameters: { word: "default" },
    containerProperties: {
      environment: [
        { name: "BOTH", value: "definition" },
        { name: "DEFINED", value: "definition" },
        { name: "OVERRIDDEN", value: "definition" },
      ],
    },
  });
  const id = await submit([], {
    jobDefinition,
    containerOverrides: { environment: [{ name: "OVERRIDDEN", value: "override" }] },
  });
  const job = await ended(id);
  const lines = (await log(job)).trim().split("\n").toSorted();
  t.deepEqual(lines, [
    "AWS_BATCH_CE_NAME=plain-ce",
    "AWS_BATCH_JOB_ATTEMPT=1",
    `AWS_BATCH_JOB_ID=${id}`,
    "AWS_BATCH_JQ_NAME=plain",
    "BASE=base",
    "BOTH=definition",
    "DEFINED=definition",
    "OVERRIDDEN=override",
    "PATH=/usr/bin:/bin",
  ]);
  const echo = await submit([], {
    jobDefinition,
    parameters: { word: "given" },
    containerOverrides: { command: ["echo", "Ref::word", "Ref::unknown"] },
  });
  const echoed = await ended(echo);
  t.is(await log(echoed), "given Ref::unknown\n");
  t.deepEqual(echoed.container?.command, ["echo", "Ref::word", "Ref::unknown"]);
});

test("an array's children each run with their index, and the parent succeeds when all of them have", async (t) => {
  const { submit, ended, job, log } = await startHarness(t);
  const command = shell('echo "$AWS_BATCH_JOB_ID $AWS_BATCH_JOB_ARRAY_INDEX"');
  const id = await submit(command, { arrayProperties: { size: 3 } });
  const parent = await ended(id);
  t.is(parent.status, "SUCCEEDED");
  t.deepEqual(parent.attempts, []);
  t.is(parent.arrayProperties?.size, 3);
  t.is(parent.arrayProperties?.index, undefined);
  for (const index of [0, 1, 2]) {
    const child = await job(`${id}:${index}`);
    t.is(child.status, "SUCCEEDED");
    t.is(child.jobName, parent.jobName);
    t.is(child.jobArn, `${parent.jobArn}:${index}`);
    t.deepEqual(child.arrayProperties, { index });
    t.is(await log(child), `${id}:${index} ${index}\n`);
  }
});

test("a parent is PENDING while its children run, and FAILED when one of them failed", async (t) => {
  const { submit, status, ended, job, folder } = await startHarness(t);
  const command = shell(
    `[ $AWS_BATCH_JOB_ARRAY_INDEX = 1 ] && exit 3; until [ -e ${folder}/go ]; do sleep 0.02; done`,
  );
  const id = await submit(command, { arrayProperties: { size: 2 } });
  await status(`${id}:0`, "RUNNING");
  t.is((await ended(`${id}:1`)).container?.exitCode, 3);
  t.is((await job(id)).status, "PENDING");
  await writeFile(`${folder}/go`, "");
  t.is((await ended(id)).status, "FAILED");
  t.is((await job(`${id}:0`)).status, "SUCCEEDED");
});

test("an array's summary lags behind its children", async (t) => {
  const late = await startHarness(t, { summaryLagMs: 60_000 });
  const lateId = await late.submit(shell("exit 0"), { arrayProperties: { size: 2 } });
  const parent = await late.ended(lateId);
  t.is(parent.status, "SUCCEEDED");
  const none = { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0 };
  t.deepEqual(parent.arrayProperties?.statusSummary, none);
  t.is(parent.arrayProperties?.statusSummaryLastUpdatedAt, undefined);

  const soon = await startHarness(t, { summaryLagMs: 20 });
  const id = await soon.submit(shell("exit $AWS_BATCH_JOB_ARRAY_INDEX"), { arrayProperties: { size: 3 } });
  const shown = await until(async () => {
    const { arrayProperties } = await soon.job(id);
    return arrayProperties?.statusSummary?.FAILED === 2 ? arrayProperties : undefined;
  });
  t.deepEqual(shown.statusSummary, { ...none, SUCCEEDED: 1, FAILED: 2 });
  t.true((shown.statusSummaryLastUpdatedAt as number) > 0);
});

test("jobs beyond the capacity stay RUNNABLE, the head with a reason after a while", async (t) => {
  const { fake, submit, status, job, define } = await startHarness(t, { maxVcpus: 2, blockedAfterMs: 50 });
  const jobDefinition = await define(FOREVER);
  const first = await submit([], { jobDefinition });
  const second = await submit([], { jobDefinition });
  const third = await submit([], { jobDefinition });
  const fourth = await submit([], { jobDefinition });
  await status(second, "RUNNING");
  const waiting = await until(async () => {
    const now = await job(third);
    return now.statusReason === undefined ? undefined : now;
  });
  t.is(waiting.status, "RUNNABLE");
  t.true(waiting.statusReason?.startsWith("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - "));
  t.is((await job(fourth)).statusReason, undefined);
  fake.setCapacity(3);
  t.is((await status(third, "RUNNING")).statusReason, undefined);
  t.is((await job(fourth)).status, "RUNNABLE");
  fake.crash(first);
  await status(fourth, "RUNNING");
});

test("a job that needs more vCPUs than exist never runs, and blocks only its own queue", async (t) => {
  const { submit, job, ended } = await startHarness(t, { maxVcpus: 2, blockedAfterMs: 20 });
  const large = await submit(shell("exit 0"), {
    containerOverrides: { resourceRequirements: [{ type: "VCPU", value: "3" }] },
  });
  const reason = await until(async () => (await job(large)).statusReason);
  t.true(reason.startsWith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - "));
  const behind = await submit(shell("exit 0"));
  const beside = await submit(shell("exit 0"), { jobQueue: "fair", shareIdentifier: "a" });
  t.is((await ended(beside)).status, "SUCCEEDED");
  t.is((await job(behind)).status, "RUNNABLE");
});

test("shares of a fair queue take turns, and priority orders the jobs of a share", async (t) => {
  const { fake, submit, status, job, define } = await startHarness(t, { maxVcpus: 0 });
  const jobDefinition = await define(FOREVER);
  const submitTo = (shareIdentifier: string, schedulingPriorityOverride = 0) =>
    submit([], { jobDefinition, jobQueue: "fair", shareIdentifier, schedulingPriorityOverride });
  const low = await submitTo("a");
  const lower = await submitTo("a");
  const urgent = await submitTo("a", 9);
  const other = await submitTo("b");
  for (const id of [low, lower, urgent, other]) await status(id, "RUNNABLE");
  // All are in the scheduler when a later one has gone through it.
  const mark = await submit(shell("exit 0"));
  await status(mark, "RUNNABLE");
  fake.setCapacity(2);
  await status(urgent, "RUNNING");
  await status(other, "RUNNING");
  t.is((await job(low)).status, "RUNNABLE");
  t.is((await job(lower)).status, "RUNNABLE");
});

test("a job waits for the jobs it depends on, and fails when one fails", async (t) => {
  const { fake, submit, status, ended } = await startHarness(t);
  const needed = await submit(FOREVER);
  const id = await submit(shell("exit 0"), { dependsOn: [{ jobId: needed }] });
  const good = await submit(shell("exit 0"));
  await ended(good);
  const afterGood = await submit(shell("exit 0"), { dependsOn: [{ jobId: good }] });
  t.is((await ended(afterGood)).status, "SUCCEEDED");
  await status(needed, "RUNNING");
  await status(id, "PENDING");
  fake.crash(needed);
  const failed = await ended(id);
  t.is(failed.status, "FAILED");
  t.is(failed.statusReason, "Dependent Job failed");
  t.deepEqual(failed.attempts, []);
});

test("an attempt that outlasts the job's timeout is stopped, and not retried", async (t) => {
  const { submit, ended } = await startHarness(t, { timeoutSecondMs: 1 });
  const id = await submit(FOREVER, {
    timeout: { attemptDurationSeconds: 60 },
    retryStrategy: { attempts: 3 },
  });
  const failed = await ended(id);
  t.is(failed.status, "FAILED");
  t.is(failed.attempts?.length, 1);
  t.is(failed.statusReason, "Job attempt duration exceeded timeout");
});
