import { CancelJobCommand } from "@aws-sdk/client-batch";
import type { Emulators } from "@millrace/aws-emulator";
import test from "ava";
import { startTestEmulators } from "../fixtures/cluster.ts";
import { allExited, allRunning, isRunning, shell, startPool, submissions, until } from "./pool-harness.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

/** Takes its time to end when it is told to. */
const SLOW_TO_END = shell("trap 'sleep 0.3; exit 75' TERM; sleep 600 & wait");
const GRACE = { graceSeconds: 1 };

test("semantic 11: stop() terminates an array with its running children, and waits for their end", async (t) => {
  const { fake, backend, clients, job, workers } = await startPool(t, { emulators, command: SLOW_TO_END });
  const submitted = await job(3);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1, 2]);
  await workers(jobId, allRunning);
  const pids = fake.jobs().flatMap(({ pid }) => pid ?? []);
  t.is(pids.length, 3);
  // What CancelJob would have done: nothing, with a friendly answer.
  const parent = submissions(fake)[0]?.jobId;
  await clients.batch.send(new CancelJobCommand({ jobId: parent, reason: "test" }));
  t.true(pids.every(isRunning));
  await backend.pool.stop(jobId, GRACE);
  t.false(pids.some(isRunning));
  t.is(fake.requests.CancelJob, 1, "only the test's own");
  // 75 would be tried again by AWS Batch, but not once it was terminated.
  t.true(fake.jobs().every(({ status }) => status === "FAILED"));
  t.true(fake.jobs().every(({ attempts }) => attempts <= 1));
});

test("semantic 11: stop() ends children that wait for capacity", async (t) => {
  const { fake, backend, job, workers } = await startPool(t, {
    emulators,
    command: SLOW_TO_END,
    batch: { maxVcpus: 1 },
  });
  const submitted = await job(3);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1, 2]);
  await workers(jobId, (all) => all.filter(({ state }) => state === "running").length === 1);
  await backend.pool.stop(jobId, GRACE);
  t.true(fake.jobs().every(({ status }) => status === "FAILED"));
});

test("semantic 11: stop() ends a second Batch job of the same name, and waits for it too", async (t) => {
  const { fake, backend, job, workers } = await startPool(t, { emulators, command: SLOW_TO_END });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  fake.duplicateSubmit(1);
  await backend.pool.start(submitted, [0, 1]);
  await workers(jobId, allRunning);
  const pids = await until(() => {
    const running = fake.jobs().flatMap(({ pid }) => pid ?? []);
    return running.length === 4 ? running : undefined;
  });
  // The registered one is over first.
  const [second, first] = submissions(fake).map(({ jobId: id }) => id);
  for (const index of [0, 1]) fake.crash(`${first}:${index}`);
  t.truthy(second);
  await backend.pool.stop(jobId, GRACE);
  t.false(pids.some(isRunning));
});

test("semantic 11: stop() after a restart of the service returns at once when the workers have ended", async (t) => {
  const { fake, backend, records, reopen, job, workers } = await startPool(t, {
    emulators,
    command: shell("exit 0"),
  });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1]);
  await workers(jobId, allExited);
  await until(async () => (await records.endings(jobId)).size === 2 || undefined);
  const { pool } = await reopen();
  await pool.stop(jobId, GRACE);
  t.is(fake.requests.TerminateJob, 0);
});

test("semantic 11: stop() ends every generation, also of restarted workers", async (t) => {
  const { fake, backend, reopen, job, workers } = await startPool(t, { emulators, command: SLOW_TO_END });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1]);
  await workers(jobId, allRunning);
  fake.crash(`${submissions(fake)[0]?.jobId}:1`);
  await workers(jobId, (all) => all[1]?.state === "exited");
  await backend.pool.start(submitted, [1]);
  await workers(jobId, allRunning);
  const pids = fake.jobs().flatMap(({ pid }) => pid ?? []);
  t.is(pids.length, 2);
  const { pool } = await reopen();
  await pool.stop(jobId, GRACE);
  t.false(pids.some(isRunning));
});

test("stop() of a job without workers calls nothing of AWS Batch", async (t) => {
  const { fake, backend, job } = await startPool(t, { emulators, command: SLOW_TO_END });
  const { jobId } = (await job(1)).spec;
  await backend.pool.stop(jobId, GRACE);
  t.is(fake.requests.TerminateJob + fake.requests.ListJobs + fake.requests.DescribeJobs, 0);
});
