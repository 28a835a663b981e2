import type { BatchCommit, WorkerLedger, WorkerRecord } from "@millrace/core";
import type { JobState, MemoryState } from "../state/memory-state.ts";

export function memoryWorkers(state: MemoryState): WorkerLedger {
  return {
    update: async (jobId, worker, fields) => {
      const job = state.job(jobId);
      const { reason, ...before } = recordOf(job, worker);
      // A new status without a reason clears the previous reason.
      const kept = fields.status === undefined && reason !== undefined ? { reason } : {};
      job.workers.set(worker, { ...before, ...kept, ...structuredClone(fields) });
    },
    get: async (jobId, worker) => structuredClone(state.job(jobId).workers.get(worker)),
    list: async (jobId) =>
      structuredClone([...state.job(jobId).workers.values()].sort((a, b) => a.worker - b.worker)),
  };
}

function recordOf({ workers }: JobState, worker: number): WorkerRecord {
  const zeros = { succeededItems: 0, failedItems: 0, restarts: 0, fruitlessRestarts: 0 };
  return workers.get(worker) ?? { worker, status: "pending", ...zeros };
}

/** Adds a commit to its worker's counts; it ends a series of fruitless restarts. */
export function addToWorker(job: JobState, { batch, failedItems, worker }: BatchCommit): void {
  const record = recordOf(job, worker);
  job.workers.set(worker, {
    ...record,
    succeededItems: record.succeededItems + batch.count - failedItems,
    failedItems: record.failedItems + failedItems,
    fruitlessRestarts: 0,
  });
}
