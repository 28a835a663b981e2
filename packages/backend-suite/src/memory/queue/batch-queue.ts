import { type BatchQueue, batchId, type Lease } from "@millrace/core";
import { isSettled, type JobState, type MemoryState, type QueuedBatch } from "../state/memory-state.ts";

export function memoryQueue(state: MemoryState, { now }: { readonly now: () => number }): BatchQueue {
  return {
    create: async (jobId) => {
      state.job(jobId).hasQueue = true;
    },
    send: async (jobId, entries) => {
      const job = state.job(jobId);
      for (const { batch, delayMs = 0 } of structuredClone(entries)) {
        const id = batchId(batch);
        if (isSettled(job, batch) || job.queue.has(id)) continue;
        job.planned.set(id, batch);
        job.queue.set(id, { batch, visibleAtMs: now() + delayMs, received: 0, receipt: undefined });
      }
    },
    lease: async (jobId, { max, leaseSeconds }) => {
      const visible = queued(state.job(jobId)).filter(({ visibleAtMs }) => visibleAtMs <= now());
      visible.sort((a, b) => a.batch.first - b.batch.first || a.batch.count - b.batch.count);
      return visible.slice(0, max).map((entry): Lease => {
        const receipt = `receipt-${state.next()}`;
        const received = entry.received + 1;
        Object.assign(entry, { receipt, received, visibleAtMs: now() + leaseSeconds * 1_000 });
        return { batch: structuredClone(entry.batch), receipt, receiveCount: received };
      });
    },
    extend: async (jobId, receipts, leaseSeconds) => {
      const claims = claimsOf(state.job(jobId));
      // An expired claim is still valid as long as no one else has taken the batch.
      for (const receipt of receipts) {
        const entry = claims.get(receipt);
        if (entry) entry.visibleAtMs = now() + leaseSeconds * 1_000;
      }
      return receipts.filter((receipt) => !claims.has(receipt));
    },
    ack: async (jobId, receipts) => {
      const job = state.job(jobId);
      const claims = claimsOf(job);
      for (const entry of receipts.flatMap((receipt) => claims.get(receipt) ?? []))
        job.queue.delete(batchId(entry.batch));
    },
    release: async (jobId, receipts, { delayMs = 0, unstarted = [] } = {}) => {
      const claims = claimsOf(state.job(jobId));
      const uncounted = new Set(unstarted.map(batchId));
      for (const entry of receipts.flatMap((receipt) => claims.get(receipt) ?? [])) {
        entry.receipt = undefined;
        entry.visibleAtMs = now() + delayMs;
        if (uncounted.has(batchId(entry.batch))) entry.received -= 1;
      }
    },
    counts: async (jobId) => {
      const entries = queued(state.job(jobId));
      const leased = entries.filter(({ receipt, visibleAtMs }) => receipt && visibleAtMs > now()).length;
      return { queued: entries.length - leased, leased };
    },
    delete: async (jobId) => {
      state.job(jobId).hasQueue = false;
    },
  };
}

function queued({ hasQueue, queue }: JobState): QueuedBatch[] {
  return hasQueue ? [...queue.values()] : [];
}

function claimsOf(job: JobState): ReadonlyMap<string | undefined, QueuedBatch> {
  return new Map(queued(job).map((entry) => [entry.receipt, entry]));
}
