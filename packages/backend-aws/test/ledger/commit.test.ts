import type { Emulators } from "@millrace/aws-emulator";
import { batch, collect, commitOf, createJob, rowsOf } from "@millrace/backend-suite";
import type { BatchCommit } from "@millrace/core";
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

const TRANSACT = { service: "dynamodb", operation: "TransactWriteItems" } as const;
const many = (count: number, from = 0) => Array.from({ length: count }, (_, i) => batch(from + i));
const committed = (count: number) => Array.from({ length: count }, () => "committed");

/** A commit of one item whose row has about this many bytes. */
const sized = (first: number, bytes: number): BatchCommit => ({
  ...commitOf(batch(first)),
  rows: `{"index":${first},"id":null,"output":"${"é".repeat(bytes / 2)}"}\n`,
});

test("semantic 1: when two workers commit a range at once, one of them counts", async (t) => {
  const { backend, open } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  const other = await open();
  const ranges = many(20);
  const [first, second] = await Promise.all([
    backend.ledger.batches.commit(
      jobId,
      ranges.map((range) => commitOf(range, { mark: "a" })),
    ),
    other.ledger.batches.commit(
      jobId,
      ranges.toReversed().map((range) => commitOf(range, { worker: 1, mark: "b" })),
    ),
  ]);
  const outcomes = first.outcomes.map((outcome, i) => [outcome, second.outcomes[19 - i]].toSorted().join());
  t.deepEqual(new Set(outcomes), new Set(["committed,duplicate"]));
  const progress = await backend.ledger.batches.progress(jobId);
  t.like(progress, { succeededItems: 20, succeededBatches: 20 });
  const rows = rowsOf(await collect(backend.ledger.batches.results(jobId)));
  t.is(rows.trimEnd().split("\n").length, 20);
  t.is((rows.match(/"a\d+"/g) ?? []).length, first.outcomes.filter((one) => one === "committed").length);
});

test("semantic 15: counts are exact when transactions conflict", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  faults.inject({ ...TRANSACT, kind: "conflict", times: 4 });
  const commits = many(5).map((range) => commitOf(range));
  t.deepEqual((await backend.ledger.batches.commit(jobId, commits)).outcomes, committed(5));
  t.is(faults.counts.dynamodb.conflict, 4);
  t.like(await backend.ledger.batches.progress(jobId), {
    succeededItems: 5,
    succeededBatches: 5,
    predictMs: 10,
  });
});

test("semantic 15: counts are exact when the answer of a transaction is lost", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  faults.inject({ ...TRANSACT, kind: "timeoutAfterSuccess", times: 2 });
  const commits = [...many(3).map((range) => commitOf(range)), commitOf(batch(10, 4), { failed: true })];
  await backend.ledger.batches.commit(jobId, commits);
  t.is(faults.counts.dynamodb.timeoutAfterSuccess, 2);
  const expected = { succeededItems: 3, failedItems: 4, succeededBatches: 3, failedBatches: 1, predictMs: 8 };
  t.like(await backend.ledger.batches.progress(jobId), expected);
  const again = await backend.ledger.batches.commit(jobId, commits);
  t.deepEqual(new Set(again.outcomes), new Set(["duplicate"]));
  t.like(await backend.ledger.batches.progress(jobId), expected);
});

test("semantic 15: counts are exact when part of a group was committed before", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  await backend.ledger.batches.commit(jobId, [commitOf(batch(1)), commitOf(batch(3))]);
  await backend.ledger.batches.split(jobId, batch(4));
  faults.inject({ ...TRANSACT, kind: "conflict" });
  const group = [...many(5), batch(0)].map((range) => commitOf(range, { worker: 1 }));
  t.deepEqual((await backend.ledger.batches.commit(jobId, group)).outcomes, [
    "committed",
    "duplicate",
    "committed",
    "duplicate",
    "superseded",
    "duplicate",
  ]);
  t.like(await backend.ledger.batches.progress(jobId), { succeededItems: 4, succeededBatches: 4 });
});

test("semantic 15: a group of more than a transaction holds is committed in several", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  const before = faults.requests.dynamodb.TransactWriteItems ?? 0;
  // 99 ranges and a worker's row, then the rest with two workers' rows.
  const commits = many(150).map((range, i) => commitOf(range, { worker: i < 120 ? 0 : 1 }));
  t.deepEqual((await backend.ledger.batches.commit(jobId, commits)).outcomes, committed(150));
  t.is((faults.requests.dynamodb.TransactWriteItems ?? 0) - before, 2);
  t.is((await backend.ledger.batches.progress(jobId)).succeededItems, 150);
  const workers = await backend.ledger.workers.list(jobId);
  t.deepEqual(
    workers.map(({ succeededItems }) => succeededItems),
    [120, 30],
  );
});

test("semantic 15: no commit counts after the job was stopped, even if its response was lost", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  await backend.ledger.batches.commit(jobId, [commitOf(batch(0))]);
  await backend.ledger.jobs.transition(jobId, "stopped", { atMs: 1 });
  faults.inject({ ...TRANSACT, kind: "timeoutAfterSuccess" });
  const { outcomes } = await backend.ledger.batches.commit(jobId, [commitOf(batch(0)), commitOf(batch(1))]);
  t.deepEqual(outcomes, ["duplicate", "superseded"]);
  t.is((await backend.ledger.batches.progress(jobId)).succeededItems, 1);
});

test("recordAttempt() counts an attempt once when its answer is lost", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  const attempt = {
    ...batch(0),
    worker: 0,
    endedAtMs: 1,
    error: { code: "predictor_error", message: "no" },
  };
  faults.inject({ service: "dynamodb", operation: "PutItem", kind: "timeoutAfterSuccess" });
  t.is(await backend.ledger.batches.recordAttempt(jobId, attempt), 1);
  t.is(await backend.ledger.batches.recordAttempt(jobId, attempt), 2);
  t.is((await backend.ledger.batches.attempts(jobId, batch(0))).length, 2);
});

test("semantic 16: small batches' rows need no object", async (t) => {
  const { backend, count } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  const commits = many(50).map(({ first }) => sized(first, 600));
  const puts = await count(/^s3\./, () => backend.ledger.batches.commit(jobId, commits));
  t.is(puts, 0);
  const gets = await count(/^s3\./, async () => {
    const rows = rowsOf(await collect(backend.ledger.batches.results(jobId)));
    t.is(rows, commits.map((one) => one.rows).join(""));
  });
  t.is(gets, 0);
});

test("semantic 16: the rows of middle-sized batches share one object, read once", async (t) => {
  const { backend, count } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  // Small ones among them stay with their markers.
  const commits = many(120).map(({ first }) => sized(first, first % 3 === 0 ? 100 : 5_000));
  const puts = await count(/^s3\.(PutObject|UploadPart|CreateMultipartUpload)$/, () =>
    backend.ledger.batches.commit(jobId, commits),
  );
  t.is(puts, 1);
  const gets = await count(/^s3\.GetObject$/, async () => {
    const blocks = await collect(backend.ledger.batches.results(jobId));
    t.is(rowsOf(blocks), commits.map((one) => one.rows).join(""));
  });
  t.is(gets, 1);
});

test("semantic 16: an object that was written for a commit that lost is never read", async (t) => {
  const { backend, open } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  const other = await open();
  const rows = (mark: string) => [{ ...sized(0, 2_000), rows: `${mark.repeat(2_000)}\n` }];
  await backend.ledger.batches.commit(jobId, rows("a"));
  t.deepEqual((await other.ledger.batches.commit(jobId, rows("b"))).outcomes, ["duplicate"]);
  t.is(rowsOf(await collect(other.ledger.batches.results(jobId))), `${"a".repeat(2_000)}\n`);
});
