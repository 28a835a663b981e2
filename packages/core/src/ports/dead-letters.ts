import type { BatchDescriptor } from "../batch.ts";
import type { ItemError } from "../result-row.ts";

/** A batch that used up its attempts, with where its items are. */
export interface DeadLetter {
  readonly jobId: string;
  readonly apiName: string;
  readonly batch: BatchDescriptor;
  /** The stretches of the input that hold its items, in order: bytes `[start, end)`, rows for Parquet. */
  readonly payload: readonly {
    readonly uri: string;
    readonly format: string;
    readonly start: number;
    readonly end: number;
  }[];
  readonly error: ItemError;
}

/** The user's own queue for batches that failed for good (Cortex's `sqs_dead_letter_queue`). */
export interface DeadLetters {
  /** Sends at least once. @throws {MillraceError} backend_misconfigured when there is no such queue or it may not be written */
  send(queueArn: string, letters: readonly DeadLetter[]): Promise<void>;
  /** Checks that the queue is there. @throws {MillraceError} invalid_submission naming the field */
  check(queueArn: string): Promise<void>;
}
