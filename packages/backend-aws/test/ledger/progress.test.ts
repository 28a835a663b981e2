import type { Emulators } from "@millrace/aws-emulator";
import { batch, commitOf, createRunningJob } from "@millrace/backend-suite";
import { isComplete, type WorkerBackend } from "@millrace/core";
import test from "ava";
import { startTestEmulators } from "../fixtures/cluster.ts";
import { startFaultyCluster } from "../fixtures/faulty-cluster.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const MAX_AGE = { maxAgeMs: 60_000 };
const SUMS = /^dynamodb\.Query$/;

test("semantic 15: when many idle workers ask at once, one of them sums the progress", async (t) => {
  const { backend, count, open } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
  await backend.ledger.batches.commit(jobId, [commitOf(batch(0))]);
  const workers = await Promise.all(Array.from({ length: 6 }, open));
  const ask = ({ ledger }: WorkerBackend) => ledger.batches.progress(jobId, MAX_AGE);
  const sums = await count(SUMS, async () => {
    const progresses = await Promise.all([...workers, ...workers, ...workers].map(ask));
    t.true(progresses.every(({ succeededItems, totalItems }) => succeededItems === 1 && totalItems === 2));
  });
  // Eight workers' rows are one partition.
  t.is(sums, 1);
  t.is(await count(SUMS, () => Promise.all(workers.map(ask))), 0);
});

test("semantic 15: one worker sums the progress again when it is too old, and sees the end", async (t) => {
  let nowMs = Date.now();
  const { backend, count, open } = await startFaultyCluster(t, { emulators, now: () => nowMs });
  const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
  const workers = await Promise.all(Array.from({ length: 5 }, open));
  const ask = ({ ledger }: WorkerBackend) => ledger.batches.progress(jobId, MAX_AGE);
  await ask(backend);
  await backend.ledger.batches.commit(jobId, [commitOf(batch(0)), commitOf(batch(1), { worker: 7 })]);
  t.false(isComplete(await ask(backend)), "it may be old");
  t.true(isComplete(await backend.ledger.batches.progress(jobId)), "unless that is not wanted");
  nowMs += MAX_AGE.maxAgeMs;
  t.is(await count(SUMS, () => Promise.all(workers.map(ask))), 1);
  t.true(isComplete(await ask(backend)));
});

test("semantic 15: a sum from the future is ignored after the clock was set back", async (t) => {
  let nowMs = Date.now();
  const { backend } = await startFaultyCluster(t, { emulators, now: () => nowMs });
  const { batches, jobs } = backend.ledger;
  const jobId = await createRunningJob(backend, [batch(0)]);
  nowMs += 3_600_000;
  t.is((await batches.progress(jobId, MAX_AGE)).succeededItems, 0);
  t.true(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 30 }));
  nowMs -= 3_600_000;
  await batches.commit(jobId, [commitOf(batch(0))]);
  t.is((await batches.progress(jobId, MAX_AGE)).succeededItems, 1, "the sum of the future is made again");
  t.true(await jobs.acquireCompletion(jobId, { owner: "b", seconds: 30 }));
  t.false(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 30 }));
});

test("semantic 15: another worker computes the first sum if one died while computing it", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, [batch(0)]);
  await backend.ledger.batches.commit(jobId, [commitOf(batch(0))]);
  // It has claimed the sum, and fails at it.
  faults.inject({ service: "dynamodb", operation: "Query", kind: "error500", times: 5 });
  await t.throwsAsync(backend.ledger.batches.progress(jobId, { maxAgeMs: 300 }));
  t.is((await backend.ledger.batches.progress(jobId, { maxAgeMs: 300 })).succeededItems, 1);
});

test("semantic 15: workers' rows spread over partitions, and all are summed", async (t) => {
  const { backend, count } = await startFaultyCluster(t, { emulators });
  const { spec } = await backend.ledger.jobs.get(await createRunningJob(backend, [batch(0)]));
  const { jobId } = (
    await backend.ledger.jobs.create({ ...spec, jobId: `${spec.jobId.slice(0, -1)}Z`, workers: 200 })
  ).job.spec;
  const commits = [0, 63, 64, 128, 199].map((worker) => commitOf(batch(worker), { worker }));
  await backend.ledger.batches.commit(jobId, commits);
  const sums = await count(SUMS, async () => {
    t.is((await backend.ledger.batches.progress(jobId)).succeededItems, 5);
  });
  t.is(sums, 4);
});
