import type { BackendCapabilities, WorkerPace } from "@millrace/core";

/** What this backend supports. */
export const AWS_CAPABILITIES: BackendCapabilities = Object.freeze({
  schemes: ["s3"],
  deadLetterQueue: true,
  emptyQueueMs: 5 * 60_000,
});

/**
 * Requests cost money, and the job's own item allows 3,000 reads a second: a thousand workers that poll every 5 s use
 * 200. One worker's commits are grouped for up to a second.
 */
export const AWS_PACE: WorkerPace = Object.freeze({
  lookMs: 5_000,
  reportMs: 10_000,
  commitGroupMs: 1_000,
  logGroupMs: 1_000,
  leaseWaitMs: 1_000,
  progressAgeMs: 1_000,
  idleMs: 200,
});
