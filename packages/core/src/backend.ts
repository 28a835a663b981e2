import type { BatchQueue } from "./ports/batch-queue.ts";
import type { DeadLetters } from "./ports/dead-letters.ts";
import type { Ledger } from "./ports/ledger.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import type { WorkerPool } from "./ports/worker-pool.ts";

/** What a backend can do; code checks for the capability, never for the backend's name. */
export interface BackendCapabilities {
  /** URI schemes that datasets may use, such as `file` and `s3`. */
  readonly schemes: readonly string[];
  /** Supports the dead-letter queue of Cortex's submission: {@link WorkerBackend.deadLetters} is set. */
  readonly deadLetterQueue: boolean;
  /**
   * Milliseconds for which the queue must be seen empty, with items missing and nothing committed, before its batches
   * count as lost. Where counts are approximate, a single empty reading means little.
   */
  readonly emptyQueueMs: number;
}

/** How often a worker calls its backend: reading a file is free, a cloud service charges for each request. */
export interface WorkerPace {
  /** Between two checks of the job's status. */
  readonly lookMs: number;
  /** Between two reports of the worker's activity and time. */
  readonly reportMs: number;
  /** How long a finished batch waits for others to be committed in the same group. */
  readonly commitGroupMs: number;
  /** How long log lines wait to be written together with others. */
  readonly logGroupMs: number;
  /** How long a lease call may wait for a batch. */
  readonly leaseWaitMs: number;
  /** Maximum age of the progress that an idle worker reads. */
  readonly progressAgeMs: number;
  /** Maximum time an idle worker waits before it checks again for a batch or for the end of the job. */
  readonly idleMs: number;
}

/** The ports that a worker needs. */
export interface WorkerBackend {
  readonly ledger: Ledger;
  readonly queue: BatchQueue;
  readonly objects: ObjectStore;
  readonly logs: LogStore;
  readonly deadLetters?: DeadLetters;
  readonly pace: WorkerPace;
}

/** Where queue, ledger, objects, workers and logs live. */
export interface Backend extends WorkerBackend {
  readonly pool: WorkerPool;
  readonly capabilities: BackendCapabilities;
  /** A condition that blocks all jobs until somebody fixes it, such as a full disk, in words. */
  readonly obstacle?: () => Promise<string | undefined>;
}
