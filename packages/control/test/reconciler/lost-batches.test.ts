import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openLocalBackend } from "@millrace/backend-local";
import { type BatchDescriptor, isMillraceError, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { LostBatches } from "../../src/reconciler/lost-batches.ts";

const batch = (first: number): BatchDescriptor => ({
  first,
  count: 1,
  segments: [{ source: 0, start: first, end: first + 1 }],
});

const jobId = "01J00000000000000000000000";

/** A running job with three batches. */
async function runningJob(t: ExecutionContext) {
  const home = await mkdtemp(join(tmpdir(), "millrace-lost-"));
  t.teardown(() => rm(home, { recursive: true, force: true }));
  const backend = await openLocalBackend({
    home,
    logger: silentLogger,
    workerCommand: ["true"],
    environment: {},
  });
  t.teardown(async () => {
    await backend.pool.close();
    await backend.ledger.close();
  });
  const { ledger, queue } = backend;
  await ledger.jobs.create({
    jobId,
    apiName: "a",
    apiVersion: "0123456789abcdef",
    endpoint: "a",
    dataset: { kind: "item_list", batchSize: 1 },
    workers: 1,
    config: {},
    maxAttempts: 3,
    onFailure: "isolate",
    batchTimeoutSeconds: 60,
    prefetchBatches: 2,
    eagerStart: false,
    labels: {},
    createdAtMs: 1,
  });
  await queue.create(jobId);
  await queue.send(jobId, [{ batch: batch(0) }, { batch: batch(1) }, { batch: batch(2) }]);
  await ledger.jobs.setTotals(jobId, { items: 3, batches: 3 });
  await ledger.jobs.transition(jobId, "running", { atMs: 1 });
  const lost = new LostBatches({ backend, logger: silentLogger, now: Date.now }, { emptyMs: 0 });
  const look = async () => lost.look(await ledger.jobs.get(jobId));
  const lease = () => queue.lease(jobId, { max: 9, leaseSeconds: 60, worker: 0 });
  return { backend, file: join(home, "jobs", jobId, "job.db"), look, lease };
}

test("look() requeues what a queue has lost, and nothing that is done or still queued", async (t) => {
  const { backend, look, lease } = await runningJob(t);
  const { ledger, queue } = backend;
  for (let i = 0; i < 4; i++) await look();
  const [first] = await lease();
  t.deepEqual(await lease(), [], "nothing was sent while the batches were there");
  const commit = { batch: batch(0), rows: "{}\n", failedItems: 0, predictMs: 1, worker: 0 };
  await ledger.batches.commit(jobId, [commit]);
  if (first) await queue.ack(jobId, [first.receipt]);
  for (let i = 0; i < 4; i++) await look();
  t.deepEqual(await lease(), [], "nor while they are leased");
  await queue.delete(jobId);
  for (let i = 0; i < 4; i++) await look();
  t.like(await queue.counts(jobId), { queued: 0, leased: 2 });
  const log = [];
  for await (const { text } of backend.logs.read(jobId)) log.push(text);
  t.regex(log.join("\n"), /had lost 2 batches/);
});

test("look() throws state_corrupt when items are in no batch, since the job would wait for them forever", async (t) => {
  const { backend, file, look } = await runningJob(t);
  const database = new DatabaseSync(file);
  database.exec("DELETE FROM queue WHERE first = 1; UPDATE queue_state SET total = 2");
  database.close();
  const commits = [0, 2].map((first) => ({
    batch: batch(first),
    rows: "{}\n",
    failedItems: 0,
    predictMs: 1,
    worker: 0,
  }));
  const leases = await backend.queue.lease(jobId, { max: 9, leaseSeconds: 60, worker: 0 });
  await backend.ledger.batches.commit(jobId, commits);
  await backend.queue.ack(
    jobId,
    leases.map(({ receipt }) => receipt),
  );
  const error = await t.throwsAsync(async () => {
    for (let i = 0; i < 4; i++) await look();
  });
  t.true(isMillraceError(error, "state_corrupt"), String(error));
  t.regex(error.message, /1 items are in no batch/);
});
