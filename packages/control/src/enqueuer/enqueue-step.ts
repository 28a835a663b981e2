import type { BatchDescriptor, Source } from "@millrace/core";

/** Some batches to queue, and the place to go on from once they are. */
export interface EnqueueStep {
  readonly sources: readonly Source[];
  readonly batches: readonly BatchDescriptor[];
  /** Small JSON; what the next life of the enqueuer resumes from. */
  readonly checkpoint: EnqueueCheckpoint;
}

export interface EnqueueCheckpoint {
  /** Items and batches queued so far. */
  readonly items: number;
  readonly batches: number;
  readonly sources: number;
  readonly done: boolean;
}
