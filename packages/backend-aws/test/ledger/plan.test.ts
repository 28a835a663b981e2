import type { Emulators } from "@millrace/aws-emulator";
import { batch, collect, commitOf, createJob } from "@millrace/backend-suite";
import type { BatchDescriptor } from "@millrace/core";
import test from "ava";
import { plannedBatches, plannedParts, recordPlan } from "../../src/ledger/plan.ts";
import { startTestEmulators } from "../fixtures/cluster.ts";
import { startFaultyCluster } from "../fixtures/faulty-cluster.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => batch(from + i));
const part = (first: number, count: number): BatchDescriptor => ({
  ...batch(first, count),
  priorAttempts: 3,
});

test("plannedBatches() gives each batch once and in input order, however often it was sent", async (t) => {
  const { backend } = await startFaultyCluster(t, { emulators });
  const { objects } = backend;
  // Steps in no order, one of them twice, and one that a resumed enqueuer cut elsewhere.
  for (let from = 180; from >= 0; from -= 20) await recordPlan(objects, "job", many(from, from + 20));
  await recordPlan(objects, "job", many(40, 60).toReversed());
  await recordPlan(objects, "job", many(100, 135));
  t.deepEqual(await collect(plannedBatches(objects, "job")), many(0, 200));
});

test("recordPlan() writes one object for a step, and the same when it is sent again", async (t) => {
  const { backend, count } = await startFaultyCluster(t, { emulators });
  const { objects } = backend;
  const step = many(0, 500);
  t.is(await count(/^s3\.PutObject/, () => recordPlan(objects, "job", step)), 1);
  await recordPlan(objects, "job", step);
  const listed = await collect(objects.list(objects.jobUri("job", "plan/")));
  t.deepEqual(
    listed.map(({ uri }) => uri),
    [objects.jobUri("job", "plan/000000000000-1-500.txt")],
  );
  t.is(await count(/./, () => recordPlan(objects, "job", [])), 0);
});

test("plannedParts() returns batches that were split from larger ones, apart from the plan", async (t) => {
  const { backend } = await startFaultyCluster(t, { emulators });
  const { objects } = backend;
  await recordPlan(objects, "job", [batch(0, 8), part(2, 2), part(0, 2)]);
  await recordPlan(objects, "job", [part(0, 1), part(1, 1)]);
  t.deepEqual(await collect(plannedBatches(objects, "job")), [batch(0, 8)]);
  const parts = await collect(plannedParts(objects, "job"));
  const inOrder = parts.toSorted((a, b) => a.first - b.first || b.count - a.count);
  t.deepEqual(inOrder, [part(0, 2), part(0, 1), part(1, 1), part(2, 2)]);
  t.deepEqual(await collect(plannedParts(objects, "other")), []);
});

test("unfinished() returns the batches without an output after their queue is gone", async (t) => {
  const { backend } = await startFaultyCluster(t, { emulators });
  const { queue, ledger } = backend;
  const jobId = await createJob(backend);
  await queue.send(
    jobId,
    [batch(0, 4), batch(4, 4), batch(8, 4)].map((one) => ({ batch: one })),
  );
  await ledger.batches.commit(jobId, [commitOf(batch(0, 4))]);
  await ledger.batches.split(jobId, batch(4, 4));
  await queue.send(
    jobId,
    [part(4, 2), part(6, 2)].map((one) => ({ batch: one })),
  );
  await ledger.batches.commit(jobId, [commitOf(part(6, 2), { failed: true })]);
  await queue.delete(jobId);
  t.deepEqual(await collect(ledger.batches.unfinished(jobId)), [part(4, 2), part(6, 2), batch(8, 4)]);
});
