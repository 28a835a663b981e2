import type { BatchDescriptor, Source } from "@millrace/core";

/** Batches to queue, and the checkpoint to save once they are queued. */
export interface EnqueueStep {
  readonly sources: readonly Source[];
  readonly batches: readonly BatchDescriptor[];
  /** Small JSON from which the next run of the enqueuer resumes. */
  readonly checkpoint: EnqueueCheckpoint;
}

export interface EnqueueCheckpoint {
  /** Items and batches queued so far. */
  readonly items: number;
  readonly batches: number;
  readonly sources: number;
  readonly done: boolean;
}
