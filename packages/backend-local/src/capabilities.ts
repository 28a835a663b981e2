import type { BackendCapabilities, WorkerPace } from "@millrace/core";

/** What this backend supports. */
export const LOCAL_CAPABILITIES: BackendCapabilities = Object.freeze({
  schemes: ["file"],
  deadLetterQueue: false,
  emptyQueueMs: 10_000,
});

/** Short intervals: local files have no request cost or rate limit. */
export const LOCAL_PACE: WorkerPace = Object.freeze({
  lookMs: 500,
  reportMs: 2_000,
  commitGroupMs: 250,
  logGroupMs: 100,
  leaseWaitMs: 0,
  progressAgeMs: 0,
  idleMs: 50,
});
