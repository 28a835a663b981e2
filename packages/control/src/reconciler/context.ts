import type { Backend, Logger, PoolWorker, WorkerRecord } from "@millrace/core";
import type { Enqueuer } from "../enqueuer/enqueuer.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";
import type { ExitMemory } from "./exit-memory.ts";

export interface ReconcilerOptions {
  readonly backend: Backend;
  readonly logger: Logger;
  readonly webhooks: Pick<Webhooks, "look">;
  readonly enqueuer: Pick<Enqueuer, "enqueue" | "cancel" | "compose" | "hasBegun">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often jobs with running workers are checked. @default 500 */
  readonly tickMs?: number;
  /** A monotonic clock. @default performance.now */
  readonly monotonicMs?: (() => number) | undefined;
}

/** What the reconciler's steps share. */
export interface ReconcilerContext extends ReconcilerOptions {
  readonly exits: ExitMemory;
}

/** One worker of the job, as seen by the pool and the ledger. */
export interface SeenWorker {
  readonly worker: number;
  readonly process: PoolWorker | undefined;
  readonly record: WorkerRecord | undefined;
}
