import type { Emulators } from "@millrace/aws-emulator";
import { MillraceError } from "@millrace/core";
import test from "ava";
import { startTestEmulators } from "../fixtures/cluster.ts";
import { allRunning, shell, startPool, submissions, until } from "./pool-harness.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const FOREVER = shell("exec sleep 600");

test("semantic 7: a second Batch job of a retried submission is fenced out", async (t) => {
  const { fake, backend, records, identify, job } = await startPool(t, { emulators, command: FOREVER });
  const { spec, ...rest } = await job(2);
  fake.duplicateSubmit(1);
  await backend.pool.start({ spec, ...rest }, [0, 1]);
  const [first, second] = submissions(fake);
  const [generation] = await records.generations(spec.jobId);
  // The fake answers with the second's id, so that one is registered.
  t.is(generation?.batchJobId, second?.jobId);
  await until(() => fake.jobs().length === 6 || undefined);
  t.deepEqual(await identify(`${second?.jobId}:1`), { jobId: spec.jobId, worker: 1 });
  t.is(await identify(`${first?.jobId}:0`), undefined);
  t.is(await identify(`${first?.jobId}:1`), undefined);
});

test("semantic 7: a submission whose answer is lost is looked up by its name, not repeated", async (t) => {
  const { fake, backend, records, identify, job } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  fake.timeoutSubmit(1);
  await backend.pool.start(submitted, [0, 1]);
  t.is(fake.requests.SubmitJob, 1, "neither the SDK nor the pool tries again");
  const all = submissions(fake);
  t.deepEqual(
    all.map(({ jobName, size }) => [jobName, size]),
    [[`${jobId}-g1`, 2]],
  );
  t.is((await records.generations(jobId))[0]?.batchJobId, all[0]?.jobId);
  t.deepEqual(await identify(`${all[0]?.jobId}:0`), { jobId, worker: 0 });
});

test("semantic 7: a submission that did not arrive is repeated after the lookup", async (t) => {
  const { fake, backend, records, requests, job } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(1);
  fake.failNext(1, "SubmitJob");
  await backend.pool.start(submitted, [0]);
  const names = requests.map(({ name }) => name).filter((name) => /SubmitJob|ListJobs/.test(name));
  t.deepEqual(names, [
    "batch.SubmitJob",
    "batch.ListJobs",
    "batch.ListJobs",
    "batch.ListJobs",
    "batch.SubmitJob",
  ]);
  t.is(submissions(fake).length, 1);
  t.is((await records.generations(submitted.spec.jobId))[0]?.batchJobId, submissions(fake)[0]?.jobId);
});

test("semantic 7: throttled submissions are retried without a lookup", async (t) => {
  const { fake, backend, job } = await startPool(t, { emulators, command: FOREVER });
  fake.throttle(2, "SubmitJob");
  await backend.pool.start(await job(1), [0]);
  t.is(fake.requests.SubmitJob, 3);
  t.is(fake.requests.ListJobs, 0);
  t.is(submissions(fake).length, 1);
});

test("semantic 7: a service that was killed after the submission finds its job by name", async (t) => {
  const { fake, backend, records, reopen, job, workers } = await startPool(t, {
    emulators,
    command: FOREVER,
  });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  // What is left of a service that was killed before it could register: the record, and the Batch job.
  await backend.pool.start(submitted, [0, 1]);
  const [known] = await records.generations(jobId);
  if (!known) return t.fail("there is no record");
  const { batchJobId, ...unregistered } = known;
  await records.remove(jobId, 1);
  await records.add(unregistered);
  const next = await reopen();
  await workers(jobId, allRunning, next);
  t.is((await records.generations(jobId))[0]?.batchJobId, batchJobId);
  await next.pool.start(submitted, [0, 1]);
  t.is(submissions(fake).length, 1);
});

test("semantic 7: a service that was killed before the submission submits again", async (t) => {
  const { fake, records, reopen, job, workers } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  const jobName = `${jobId}-g1`;
  await records.add({
    jobId,
    generation: 1,
    workers: [0, 1],
    jobName,
    jobQueue: "cpu",
    submittedAtMs: 0,
  });
  const { pool, ...next } = await reopen();
  t.deepEqual(await pool.describe(jobId), []);
  t.deepEqual(await records.generations(jobId), []);
  await pool.start(submitted, [0, 1]);
  await workers(jobId, allRunning, { pool, ...next });
  t.deepEqual(
    submissions(fake).map((one) => one.jobName),
    [jobName],
  );
});

test("semantic 7: after a submission in doubt the next start looks for it first", async (t) => {
  const { fake, backend, faults, records, job } = await startPool(t, {
    emulators,
    command: FOREVER,
    withFaults: true,
  });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  // Done, but neither the answer nor the looks come through.
  faults.inject({ service: "batch", operation: "SubmitJob", kind: "timeoutAfterSuccess" });
  faults.inject({ service: "batch", operation: "ListJobs", kind: "error500", times: 5 });
  await t.throwsAsync(backend.pool.start(submitted, [0, 1]), { instanceOf: MillraceError });
  t.is(submissions(fake).length, 1);
  await backend.pool.start(submitted, [0, 1]);
  t.is(submissions(fake).length, 1, "it was found, not submitted again");
  t.is((await records.generations(jobId))[0]?.batchJobId, submissions(fake)[0]?.jobId);
});

test("semantic 7: a submission that is refused leaves nothing behind", async (t) => {
  const { backend, records, job } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(1);
  const { jobId, apiName, apiVersion } = submitted.spec;
  await records.setJobDefinition(apiName, apiVersion, "arn:aws:batch:us-east-1:1:job-definition/none:1");
  const error = await t.throwsAsync(backend.pool.start(submitted, [0]), { instanceOf: MillraceError });
  t.regex(error.message, /job-definition\/none:1 does not exist/);
  t.deepEqual(await backend.pool.describe(jobId), []);
  t.deepEqual(await records.generations(jobId), []);
});

test("semantic 7: a Batch job that was superseded while it was submitted is not recorded as the workers", async (t) => {
  const { backend, faults, fake, records, job } = await startPool(t, {
    emulators,
    command: FOREVER,
    withFaults: true,
  });
  const submitted = await job(1);
  const { jobId } = submitted.spec;
  faults.inject({ service: "batch", operation: "SubmitJob", kind: "delay", delayMs: 500 });
  const starting = backend.pool.start(submitted, [0]);
  await until(() => submissions(fake).length === 1 || undefined);
  t.true(await records.register(jobId, 1, "another"));
  await t.throwsAsync(starting, { instanceOf: MillraceError, code: "unavailable" });
});

test("semantic 7: an array of one is a plain job, whose worker has no array index", async (t) => {
  const { backend, fake, identify, job } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(4);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [3]);
  const [plain] = submissions(fake);
  t.is(plain?.size, undefined);
  t.deepEqual(await identify(plain?.jobId as string), { jobId, worker: 3 });
});

test("identifyWorker() waits for a registration that comes after the process started", async (t) => {
  const { backend, fake, identify, records, job } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(1);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0]);
  const [known] = await records.generations(jobId);
  if (!known) return t.fail("there is no record");
  await records.remove(jobId, 1);
  const identity = identify(submissions(fake)[0]?.jobId as string);
  await records.add(known);
  await records.register(jobId, 1, known.batchJobId as string);
  t.deepEqual(await identity, { jobId, worker: 0 });
});
