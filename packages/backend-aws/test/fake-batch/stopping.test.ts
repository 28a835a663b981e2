import { existsSync, readFileSync } from "node:fs";
import { CancelJobCommand, TerminateJobCommand } from "@aws-sdk/client-batch";
import test from "ava";
import { FOREVER, type Harness, isRunning, shell, startHarness, until } from "./harness.ts";

const terminate = ({ client }: Harness, jobId: string, reason = "stopped by the user") =>
  client.send(new TerminateJobCommand({ jobId, reason }));
const cancel = ({ client }: Harness, jobId: string, reason = "no longer needed") =>
  client.send(new CancelJobCommand({ jobId, reason }));

test("TerminateJob sends SIGTERM, fails the job with its reason, and does not retry it", async (t) => {
  const harness = await startHarness(t);
  const command = shell("trap 'echo got it; exit 75' TERM; touch $FOLDER/up; while :; do sleep 0.02; done");
  const id = await harness.submit(command, { retryStrategy: { attempts: 5 } });
  await until(() => existsSync(`${harness.folder}/up`) || undefined);
  await terminate(harness, id);
  const job = await harness.ended(id);
  t.is(job.status, "FAILED");
  t.is(job.statusReason, "stopped by the user");
  t.true(job.isTerminated);
  t.is(job.attempts?.length, 1);
  t.is(job.container?.exitCode, 75);
  t.is(await harness.log(job), "got it\n");
});

test("a terminated job is FAILED even when its process ends with 0", async (t) => {
  const harness = await startHarness(t);
  const id = await harness.submit(
    shell("trap 'exit 0' TERM; touch $FOLDER/up; while :; do sleep 0.02; done"),
  );
  await until(() => existsSync(`${harness.folder}/up`) || undefined);
  await terminate(harness, id);
  t.is((await harness.ended(id)).status, "FAILED");
});

test("TerminateJob kills the whole group after the timeout, grandchildren included", async (t) => {
  const harness = await startHarness(t, { stopTimeoutMs: 100 });
  const { folder } = harness;
  const command = shell(
    "trap '' TERM; sleep 600 & echo $! > $FOLDER/pid.new; mv $FOLDER/pid.new $FOLDER/pid; wait",
  );
  const id = await harness.submit(command);
  await until(() => existsSync(`${folder}/pid`) || undefined);
  const grandchild = Number(readFileSync(`${folder}/pid`, "utf8"));
  t.true(isRunning(grandchild));
  await terminate(harness, id);
  t.is((await harness.ended(id)).container?.exitCode, 137);
  await until(() => !isRunning(grandchild) || undefined);
  t.pass();
});

test("what a process leaves running dies with it, as in a container", async (t) => {
  const harness = await startHarness(t);
  const job = await harness.ended(await harness.submit(shell("sleep 600 & echo $!")));
  t.is(job.status, "SUCCEEDED");
  const left = Number(await harness.log(job));
  await until(() => !isRunning(left) || undefined);
  t.pass();
});

test("TerminateJob of a parent ends all children, whatever they do", async (t) => {
  const harness = await startHarness(t, { maxVcpus: 1 });
  const id = await harness.submit(FOREVER, { arrayProperties: { size: 3 } });
  await harness.status(`${id}:0`, "RUNNING");
  await harness.status(`${id}:2`, "RUNNABLE");
  await terminate(harness, id);
  const parent = await harness.ended(id);
  t.is(parent.status, "FAILED");
  t.is(parent.statusReason, "stopped by the user");
  for (const index of [0, 1, 2]) {
    const child = await harness.job(`${id}:${index}`);
    t.is(child.status, "FAILED");
    t.is(child.statusReason, "stopped by the user");
    t.is(child.attempts?.length, index === 0 ? 1 : 0);
  }
});

test("TerminateJob ends jobs that have not started at once, also while STARTING", async (t) => {
  const harness = await startHarness(t, { delays: { startingMs: 60_000 }, maxVcpus: 1 });
  const starting = await harness.submit(FOREVER);
  const runnable = await harness.submit(FOREVER);
  await harness.status(starting, "STARTING");
  await harness.status(runnable, "RUNNABLE");
  await terminate(harness, runnable);
  t.is((await harness.job(runnable)).status, "FAILED");
  await terminate(harness, starting);
  const ended = await harness.ended(starting);
  t.is(ended.status, "FAILED");
  t.is(ended.startedAt, undefined);
  t.is(ended.attempts?.length, 1);
});

test("a parent stopped before it has children ends without any", async (t) => {
  const harness = await startHarness(t, { delays: { submittedMs: 60_000 } });
  const terminated = await harness.submit(FOREVER, { arrayProperties: { size: 2 } });
  const cancelled = await harness.submit(FOREVER, { arrayProperties: { size: 2 } });
  await terminate(harness, terminated);
  await cancel(harness, cancelled);
  t.is((await harness.job(terminated)).status, "FAILED");
  t.is((await harness.job(cancelled)).statusReason, "no longer needed");
  t.is(harness.fake.jobs().length, 2);
});

test("CancelJob answers success but leaves STARTING and RUNNING jobs alone", async (t) => {
  const harness = await startHarness(t, { maxVcpus: 1 });
  const running = await harness.submit(FOREVER);
  const runnable = await harness.submit(FOREVER);
  await harness.status(running, "RUNNING");
  await harness.status(runnable, "RUNNABLE");
  await cancel(harness, running);
  await cancel(harness, runnable);
  const cancelled = await harness.job(runnable);
  t.is(cancelled.status, "FAILED");
  t.is(cancelled.statusReason, "no longer needed");
  t.true(cancelled.isCancelled);
  t.is(cancelled.startedAt, undefined);
  // Something runs after the cancelled one has left the queue: the running one was not touched.
  harness.fake.setCapacity(2);
  await harness.ended(await harness.submit(shell("exit 0")));
  const untouched = await harness.job(running);
  t.is(untouched.status, "RUNNING");
  t.is(untouched.isCancelled, undefined);
});

test("CancelJob of a parent cancels the children that have not started", async (t) => {
  const harness = await startHarness(t, { maxVcpus: 1 });
  const id = await harness.submit(FOREVER, { arrayProperties: { size: 2 } });
  await harness.status(`${id}:0`, "RUNNING");
  await harness.status(`${id}:1`, "RUNNABLE");
  await cancel(harness, id);
  t.is((await harness.job(`${id}:1`)).status, "FAILED");
  t.is((await harness.job(`${id}:0`)).status, "RUNNING");
  t.is((await harness.job(id)).status, "PENDING");
  harness.fake.crash(`${id}:0`);
  t.is((await harness.ended(id)).status, "FAILED");
});

test("stopping an unknown or ended job succeeds and changes nothing", async (t) => {
  const harness = await startHarness(t);
  const id = await harness.submit(shell("exit 0"));
  const before = await harness.ended(id);
  await t.notThrowsAsync(terminate(harness, "00000000-0000-4000-8000-000000000000"));
  await t.notThrowsAsync(cancel(harness, "00000000-0000-4000-8000-000000000000"));
  await terminate(harness, id);
  t.deepEqual(await harness.job(id), before);
});
