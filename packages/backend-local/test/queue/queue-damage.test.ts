import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { batch, collect, commitOf, createJob, createRunningJob } from "@millrace/backend-suite";
import { isMillraceError, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { openLocalWorkerBackend } from "../../src/mod.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

const LEASE = { max: 10, leaseSeconds: 30, worker: 0 };
const HOUR_MS = 3_600_000;

async function openBackend(t: ExecutionContext) {
  const { home, remove } = await temporaryHome();
  const clock = { nowMs: Date.now() };
  const backend = await openLocalWorkerBackend({ home, logger: silentLogger, now: () => clock.nowMs });
  t.teardown(async () => {
    await backend.ledger.close();
    await remove();
  });
  /** Changes the job's file as nobody of the platform would. */
  const damage = (jobId: string, sql: string) => {
    const file = new DatabaseSync(join(home, "jobs", jobId, "job.db"));
    file.exec(sql);
    file.close();
  };
  return { backend, clock, damage };
}

/** Damages of the queue that SQLite cannot detect, and what the job's reason says about them. */
const WRONG_COUNTS: Readonly<Record<string, readonly [sql: string, message: RegExp]>> = {
  "lost a row": ["DELETE FROM queue WHERE first = 1", /its queue has 1 batches, expected 2/],
  "lost all rows": ["DELETE FROM queue", /its queue has 0 batches, expected 2/],
  "got a row": [
    "INSERT INTO queue (first, count, segments, prior, visible_at) VALUES (9, 1, '', 0, 0)",
    /its queue has 3 batches, expected 2/,
  ],
  "lost its counter": ["DELETE FROM queue_state", /the counter of its queue is gone/],
};

for (const [what, [sql, message]] of Object.entries(WRONG_COUNTS)) {
  test(`counts() ends a job whose queue ${what}, and only that job`, async (t) => {
    const { backend, damage } = await openBackend(t);
    const { queue, ledger } = backend;
    const jobId = await createRunningJob(backend, [batch(0), batch(1), batch(2)]);
    const other = await createRunningJob(backend, [batch(0), batch(1), batch(2)]);
    for (const id of [jobId, other]) {
      const [lease] = await queue.lease(id, { ...LEASE, max: 1 });
      await ledger.batches.commit(id, [commitOf(batch(0))]);
      await queue.ack(id, [lease?.receipt ?? ""]);
      t.deepEqual(await queue.counts(id), { queued: 2, leased: 0 });
    }
    damage(jobId, sql);
    t.deepEqual(await queue.counts(jobId), { queued: 0, leased: 0 });
    const job = await ledger.jobs.get(jobId);
    t.deepEqual([job.status, job.reason?.code], ["unexpected_error", "state_corrupt"]);
    t.regex(job.reason?.message ?? "", message);
    t.is((await collect(ledger.batches.results(jobId))).length, 1, "finished rows can be read");
    t.is((await ledger.jobs.get(other)).status, "running");
    t.deepEqual(await queue.counts(other), { queued: 2, leased: 0 });
    await queue.delete(jobId);
    await ledger.jobs.delete(jobId);
    await t.throwsAsync(ledger.jobs.get(jobId), { message: /does not exist or was deleted/ });
  });
}

test("counts() compares the counter of a long queue when few rows are left", async (t) => {
  const { backend, damage } = await openBackend(t);
  const { queue, ledger } = backend;
  const jobId = await createRunningJob(
    backend,
    Array.from({ length: 1_500 }, (_, i) => batch(i)),
  );
  damage(jobId, "DELETE FROM queue WHERE first = 7");
  t.deepEqual(await queue.counts(jobId), { queued: 1_500, leased: 0 });
  damage(jobId, "DELETE FROM queue WHERE first > 1000");
  t.deepEqual(await queue.counts(jobId), { queued: 0, leased: 0 });
  t.regex((await ledger.jobs.get(jobId)).reason?.message ?? "", /its queue has 1000 batches, expected 1500/);
});

test("a row whose items cannot be found is never leased, and neither are the others", async (t) => {
  const { backend, damage } = await openBackend(t);
  const { queue, ledger } = backend;
  const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
  damage(jobId, "UPDATE queue SET segments = 'x0:7' WHERE first = 0");
  const error = await t.throwsAsync(queue.lease(jobId, LEASE));
  t.true(isMillraceError(error, "state_corrupt"), String(error));
  t.deepEqual(await queue.counts(jobId), { queued: 2, leased: 0 });
  const unfinished = await t.throwsAsync(collect(ledger.batches.unfinished(jobId)));
  t.true(isMillraceError(unfinished, "state_corrupt"), String(unfinished));
});

test("unfinished() throws when the failed items of a batch cannot be found", async (t) => {
  const { backend, damage } = await openBackend(t);
  const { batches } = backend.ledger;
  const jobId = await createRunningJob(backend, [batch(0, 3)]);
  await batches.commit(jobId, [{ ...commitOf(batch(0, 3)), failedItems: 1, failed: [batch(1)] }]);
  t.deepEqual(await collect(batches.unfinished(jobId)), [batch(1)]);
  damage(jobId, "UPDATE ranges SET segments = 'x0:7'");
  const error = await t.throwsAsync(collect(batches.unfinished(jobId)));
  t.true(isMillraceError(error, "state_corrupt"), String(error));
});

test("unfinished() throws at its end when no batch contains some items of a job that is over", async (t) => {
  const { backend, damage } = await openBackend(t);
  const { ledger } = backend;
  const jobId = await createRunningJob(backend, [batch(0), batch(1), batch(2)]);
  await ledger.batches.commit(jobId, [commitOf(batch(0))]);
  await ledger.jobs.transition(jobId, "stopped", { atMs: 1 });
  t.deepEqual(await collect(ledger.batches.unfinished(jobId)), [batch(1), batch(2)]);
  damage(jobId, "DELETE FROM queue WHERE first = 1");
  const found: unknown[] = [];
  const error = await t.throwsAsync(async () => {
    for await (const one of ledger.batches.unfinished(jobId)) found.push(one);
  });
  t.true(isMillraceError(error, "state_corrupt"), String(error));
  t.regex(error.message, /1 of the items of job ".*" are neither done nor in the job's queue/);
  t.deepEqual(found, [batch(2)]);
});

test("a batch does not stay hidden after the clock was set back", async (t) => {
  const { backend, clock } = await openBackend(t);
  const { queue } = backend;
  const jobId = await createRunningJob(backend, [batch(0)]);
  clock.nowMs += 2 * HOUR_MS;
  const [lease] = await queue.lease(jobId, LEASE);
  await queue.release(jobId, [lease?.receipt ?? ""], { delayMs: 30_000 });
  clock.nowMs -= 2 * HOUR_MS;
  t.is((await queue.lease(jobId, LEASE)).length, 1);
  t.is((await queue.lease(jobId, LEASE)).length, 0, "the lease of the right time holds");
});

test("a completion lease from the future is ignored after the clock was set back", async (t) => {
  const { backend, clock } = await openBackend(t);
  const { jobs } = backend.ledger;
  const jobId = await createJob(backend);
  clock.nowMs += HOUR_MS;
  t.true(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 30 }));
  clock.nowMs -= HOUR_MS;
  t.true(await jobs.acquireCompletion(jobId, { owner: "b", seconds: 30 }));
  t.false(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 30 }));
});
