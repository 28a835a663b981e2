import type { BatchQueue } from "./ports/batch-queue.ts";
import type { Ledger } from "./ports/ledger.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import type { WorkerPool } from "./ports/worker-pool.ts";

/** What a backend can do; code asks for the capability, never for the backend's name. */
export interface BackendCapabilities {
  /** URI schemes that datasets may name, such as `file` and `s3`. */
  readonly schemes: readonly string[];
  /** Dead-letter queues of Cortex's submission are served. */
  readonly deadLetterQueue: boolean;
}

/** The ports that a worker needs. */
export interface WorkerBackend {
  readonly ledger: Ledger;
  readonly queue: BatchQueue;
  readonly objects: ObjectStore;
  readonly logs: LogStore;
}

/** Where queue, ledger, objects, workers and logs live. */
export interface Backend extends WorkerBackend {
  readonly pool: WorkerPool;
  readonly capabilities: BackendCapabilities;
}
