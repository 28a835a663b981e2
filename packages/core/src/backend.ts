import type { BatchQueue } from "./ports/batch-queue.ts";
import type { DeadLetters } from "./ports/dead-letters.ts";
import type { Ledger } from "./ports/ledger.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import type { WorkerPool } from "./ports/worker-pool.ts";

/** What a backend can do; code asks for the capability, never for the backend's name. */
export interface BackendCapabilities {
  /** URI schemes that datasets may name, such as `file` and `s3`. */
  readonly schemes: readonly string[];
  /** Dead-letter queues of Cortex's submission are served: {@link WorkerBackend.deadLetters} is there. */
  readonly deadLetterQueue: boolean;
  /**
   * A queue that is seen empty this long, while items are missing and nothing is committed, has lost batches, milliseconds.
   * Where counts are approximate, seeing it once means little.
   */
  readonly emptyQueueMs: number;
}

/** How often a worker bothers its backend: a file is asked for nothing, a service is paid by the request. */
export interface WorkerPace {
  /** Between two looks at the job's status. */
  readonly lookMs: number;
  /** Between two reports of what it does and what its time went into. */
  readonly reportMs: number;
  /** How long a finished batch waits for others to be committed with. */
  readonly commitGroupMs: number;
  /** How long log lines wait for others to be written with. */
  readonly logGroupMs: number;
  /** How long a lease may wait for a batch. */
  readonly leaseWaitMs: number;
  /** How old the progress that an idle worker sees may be. */
  readonly progressAgeMs: number;
  /** How long an idle worker waits at most before it looks for a batch again, or for the job's end. */
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
  /** What keeps jobs from going on until somebody does something about it, in words, such as a full disk. */
  readonly obstacle?: () => Promise<string | undefined>;
}
