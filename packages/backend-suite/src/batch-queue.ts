import type { Lease } from "@millrace/core";
import type { ContractTest } from "./contract.ts";
import { batch, commitOf, createRunningJob } from "./samples.ts";

const firsts = (leases: readonly Lease[]) => leases.map((lease) => lease.batch.first);
const receipts = (leases: readonly Lease[]) => leases.map(({ receipt }) => receipt);

export function describeBatchQueue(test: ContractTest): void {
  test("queue.lease() leases visible batches in input order, and none twice", async (t, {
    backend,
    second,
  }) => {
    const sent = [{ ...batch(4, 4), priorAttempts: 2 }, batch(0, 4), batch(8, 2)];
    const jobId = await createRunningJob(backend, sent);
    const other = (await second()).queue;
    const one = await backend.queue.lease(jobId, { max: 2, leaseSeconds: 60, worker: 0 });
    t.deepEqual(
      one.map((lease) => lease.batch),
      [sent[1], sent[0]],
    );
    t.deepEqual(
      one.map(({ receiveCount }) => receiveCount),
      [1, 1],
    );
    const two = await other.lease(jobId, { max: 10, leaseSeconds: 60, worker: 1 });
    t.deepEqual(firsts(two), [8]);
    t.is(new Set(receipts([...one, ...two])).size, 3);
    t.deepEqual(await other.lease(jobId, { max: 1, leaseSeconds: 60, worker: 1 }), []);
    t.deepEqual(await other.counts(jobId), { queued: 0, leased: 3 });
  });

  test("queue.send() hides a batch for its delay", async (t, { backend, advance }) => {
    const jobId = await createRunningJob(backend, [batch(0)]);
    const { queue } = backend;
    await queue.send(jobId, [{ batch: batch(1), delayMs: 2_000 }]);
    t.deepEqual(await queue.counts(jobId), { queued: 2, leased: 0 });
    const lease = () => queue.lease(jobId, { max: 10, leaseSeconds: 60, worker: 0 });
    t.deepEqual(firsts(await lease()), [0]);
    t.deepEqual(await lease(), []);
    await advance(2_100);
    t.deepEqual(firsts(await lease()), [1]);
  });

  test("queue.send() of a batch that is already queued or leased changes nothing that is committed", async (t, {
    backend,
    queue: { isExact },
  }) => {
    const jobId = await createRunningJob(backend, [batch(0)]);
    const { queue, ledger } = backend;
    const lease = () => queue.lease(jobId, { max: 10, leaseSeconds: 60, worker: 0 });
    await queue.send(jobId, [{ batch: batch(0) }]);
    const first = await lease();
    await queue.send(jobId, [{ batch: batch(0) }]);
    const again = [...first.slice(1), ...(await lease())];
    t.is(first[0]?.batch.first, 0);
    if (isExact) t.deepEqual(again, []);
    const outcomes = [];
    for (const { batch: delivered } of [...first.slice(0, 1), ...again]) {
      outcomes.push(...(await ledger.batches.commit(jobId, [commitOf(delivered)])).outcomes);
    }
    t.deepEqual(outcomes, ["committed", ...again.map(() => "duplicate")]);
    t.like(await ledger.batches.progress(jobId), { succeededItems: 1, succeededBatches: 1 });
  });

  test("queue.lease() returns a batch again, with another receipt, when its lease has expired", async (t, {
    backend,
    advance,
    queue: { isExact },
  }) => {
    const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
    const { queue } = backend;
    const lost = await queue.lease(jobId, { max: 2, leaseSeconds: 2, worker: 0 });
    await advance(2_100);
    const again = await queue.lease(jobId, { max: 1, leaseSeconds: 60, worker: 1 });
    t.like(again, [{ batch: { first: 0 }, receiveCount: 2 }]);
    t.not(again[0]?.receipt, lost[0]?.receipt);
    const [first] = receipts(lost) as [string];
    const gone = await queue.extend(jobId, [...receipts(again), "unknown"], 60);
    t.deepEqual(gone, ["unknown"]);
    // SQS may accept an old receipt indefinitely: its heartbeat then says nothing, and the commit decides.
    if (!isExact) return;
    t.deepEqual(await queue.extend(jobId, [first], 60), [first]);
    // A stale receipt has no effect.
    await queue.ack(jobId, [first, "unknown"]);
    await queue.release(jobId, [first, "unknown"]);
    t.deepEqual(firsts(await queue.lease(jobId, { max: 9, leaseSeconds: 60, worker: 2 })), [1]);
    t.deepEqual(await queue.extend(jobId, receipts(again), 60), []);
  });

  test("queue.extend() keeps a lease for the given seconds from now", async (t, { backend, advance }) => {
    const jobId = await createRunningJob(backend, [batch(0)]);
    const { queue } = backend;
    const leases = await queue.lease(jobId, { max: 1, leaseSeconds: 2, worker: 0 });
    await advance(1_000);
    t.deepEqual(await queue.extend(jobId, receipts(leases), 3), []);
    await advance(1_500);
    t.deepEqual(await queue.lease(jobId, { max: 1, leaseSeconds: 2, worker: 1 }), []);
    await advance(1_600);
    t.is((await queue.lease(jobId, { max: 1, leaseSeconds: 2, worker: 1 })).length, 1);
  });

  test("queue.release() makes batches visible again, at once or after a delay", async (t, {
    backend,
    advance,
    queue: { isExact },
  }) => {
    const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
    const { queue } = backend;
    const lease = (max: number) => queue.lease(jobId, { max, leaseSeconds: 60, worker: 0 });
    const [one, two] = (await lease(2)) as [Lease, Lease];
    await queue.release(jobId, [one.receipt]);
    await queue.release(jobId, [two.receipt], { delayMs: 2_000 });
    if (isExact) t.deepEqual(await queue.counts(jobId), { queued: 2, leased: 0 });
    const again = await lease(2);
    t.deepEqual(firsts(again), [0]);
    if (isExact) t.deepEqual(await queue.extend(jobId, [one.receipt], 60), [one.receipt]);
    await advance(2_100);
    t.deepEqual(firsts(await lease(2)), [1]);
  });

  test("queue.release() uncounts the delivery of unstarted batches, but not of others", async (t, {
    backend,
  }) => {
    const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
    const { queue } = backend;
    const lease = () => queue.lease(jobId, { max: 2, leaseSeconds: 60, worker: 0 });
    const [one, two] = (await lease()) as [Lease, Lease];
    await queue.release(jobId, [one.receipt], { unstarted: [one.batch] });
    await queue.release(jobId, [two.receipt]);
    const again = await lease();
    t.deepEqual(
      again.map(({ batch: { first }, receiveCount }) => [first, receiveCount]),
      [
        [0, 1],
        [1, 2],
      ],
    );
  });

  test("queue.ack() removes batches for good", async (t, { backend, advance }) => {
    const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
    const { queue, ledger } = backend;
    const leases = await queue.lease(jobId, { max: 2, leaseSeconds: 1, worker: 0 });
    await ledger.batches.commit(jobId, [commitOf(batch(0))]);
    await queue.ack(jobId, receipts(leases));
    await advance(1_100);
    t.deepEqual(await queue.lease(jobId, { max: 2, leaseSeconds: 1, worker: 0 }), []);
    t.deepEqual(await queue.counts(jobId), { queued: 0, leased: 0 });
    // A batch that was never committed may be sent again.
    await queue.send(jobId, [{ batch: batch(1) }]);
    t.deepEqual(firsts(await queue.lease(jobId, { max: 2, leaseSeconds: 1, worker: 0 })), [1]);
  });

  test("queue.delete() leaves nothing to lease", async (t, { backend, second }) => {
    const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
    const other = (await second()).queue;
    await other.lease(jobId, { max: 1, leaseSeconds: 60, worker: 0 });
    await backend.queue.delete(jobId);
    t.deepEqual(await other.lease(jobId, { max: 9, leaseSeconds: 60, worker: 0 }), []);
    t.deepEqual(await other.counts(jobId), { queued: 0, leased: 0 });
  });
}
