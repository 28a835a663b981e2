import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { batch, collect, commitOf, createJob, createRunningJob } from "@millrace/backend-suite";
import { silentLogger } from "@millrace/core";
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

test("a row that is gone from the queue is missed by its count, and unfinished() puts it back", async (t) => {
  const { backend, damage } = await openBackend(t);
  const { queue, ledger } = backend;
  const jobId = await createRunningJob(backend, [batch(0), batch(1), batch(2)]);
  await ledger.batches.commit(jobId, [commitOf(batch(0))]);
  damage(jobId, "DELETE FROM queue WHERE first <= 1");
  t.deepEqual(await queue.counts(jobId), { queued: 1, leased: 0 });
  const unfinished = await collect(ledger.batches.unfinished(jobId));
  t.deepEqual(unfinished, [batch(1), batch(2)]);
  t.deepEqual(
    (await queue.lease(jobId, LEASE)).map((lease) => lease.batch),
    [batch(1), batch(2)],
  );
});

test("a row whose items cannot be found is leased to nobody, and comes back whole", async (t) => {
  const { backend, damage } = await openBackend(t);
  const { queue, ledger } = backend;
  const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
  damage(jobId, "UPDATE queue SET segments = 'x0:7' WHERE first = 0");
  t.deepEqual(
    (await queue.lease(jobId, LEASE)).map((lease) => lease.batch),
    [batch(1)],
  );
  t.deepEqual(await queue.counts(jobId), { queued: 0, leased: 1 });
  t.deepEqual(await collect(ledger.batches.unfinished(jobId)), [batch(0), batch(1)]);
  t.deepEqual(
    (await queue.lease(jobId, LEASE)).map((lease) => lease.batch),
    [batch(0)],
  );
});

test("a damaged row that nobody leased is whole again in unfinished()", async (t) => {
  const { backend, damage } = await openBackend(t);
  const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
  damage(jobId, "UPDATE queue SET segments = 'garbled' WHERE first = 1");
  t.deepEqual(await collect(backend.ledger.batches.unfinished(jobId)), [batch(0), batch(1)]);
});

test("a half of a batch that was split is put back, the whole is not", async (t) => {
  const { backend, damage } = await openBackend(t);
  const { queue, ledger } = backend;
  const whole = { ...batch(0), count: 2 };
  const halves = [batch(0), batch(1)].map((half) => ({ ...half, priorAttempts: 3 }));
  const jobId = await createRunningJob(backend, [whole]);
  const [lease] = await queue.lease(jobId, LEASE);
  await ledger.batches.split(jobId, whole);
  await queue.send(
    jobId,
    halves.map((half) => ({ batch: half })),
  );
  await queue.ack(jobId, [lease?.receipt ?? ""]);
  damage(jobId, "DELETE FROM queue WHERE first = 1");
  t.deepEqual(await collect(ledger.batches.unfinished(jobId)), halves);
});

test("a batch that was hidden by a clock that has been set back is not hidden for as long", async (t) => {
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

test("a completion lease of a clock that has been set back is no lease", async (t) => {
  const { backend, clock } = await openBackend(t);
  const { jobs } = backend.ledger;
  const jobId = await createJob(backend);
  clock.nowMs += HOUR_MS;
  t.true(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 30 }));
  clock.nowMs -= HOUR_MS;
  t.true(await jobs.acquireCompletion(jobId, { owner: "b", seconds: 30 }));
  t.false(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 30 }));
});
