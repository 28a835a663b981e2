/** The statuses of a worker. `pending`: no process yet; `stalled`: its heartbeat is older than a lease. */
export const WORKER_STATUSES = [
  "pending",
  "initializing",
  "running",
  "succeeded",
  "failed",
  "stalled",
] as const;

export type WorkerStatus = (typeof WORKER_STATUSES)[number];

/** Exit codes of the worker process. */
export const WORKER_EXIT = Object.freeze({
  /** The job is over, or there is nothing left for this worker to do. */
  done: 0,
  /** The platform failed (unreadable state, disk full, a bug). */
  failed: 1,
  /** It received SIGTERM, and finished or released its batches. sysexits.h EX_TEMPFAIL */
  released: 75,
});
