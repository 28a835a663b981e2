import type { WorkerBackend, WorkerPace } from "@millrace/core";
import { memoryApis } from "./ledger/ledger-apis.ts";
import { memoryBatches } from "./ledger/ledger-batches.ts";
import { memoryJobs } from "./ledger/ledger-jobs.ts";
import { memoryWorkers } from "./ledger/ledger-workers.ts";
import { memoryLogs } from "./logs/log-store.ts";
import { memoryObjects } from "./objects/object-store.ts";
import { memoryQueue } from "./queue/batch-queue.ts";
import { MemoryState } from "./state/memory-state.ts";

/** Calls are free, and a test is waiting. */
const PACE: WorkerPace = {
  lookMs: 5,
  reportMs: 5,
  commitGroupMs: 1,
  logGroupMs: 1,
  leaseWaitMs: 0,
  progressAgeMs: 0,
  idleMs: 5,
};

/**
 * An in-memory backend for tests: it fulfils the same contract as every backend, but its state ends with the process.
 * Inputs and outputs are copied, so that nobody accidentally sees changes that were not written.
 */
export function memoryBackend(
  options: {
    /** Backends that share a state see each other's writes. @default a new state */
    readonly state?: MemoryState;
    /** @default Date.now */
    readonly now?: () => number;
    readonly pace?: Partial<WorkerPace>;
  } = {},
): WorkerBackend {
  const { state = new MemoryState(), now = Date.now } = options;
  const batches = memoryBatches(state);
  return {
    ledger: {
      apis: memoryApis(state),
      jobs: memoryJobs(state, { now, batches }),
      batches,
      workers: memoryWorkers(state),
      close: async () => {},
    },
    queue: memoryQueue(state, { now }),
    objects: memoryObjects(state),
    logs: memoryLogs(state),
    pace: { ...PACE, ...options.pace },
  };
}
