import type { BatchDescriptor } from "../batch.ts";
import type { ItemError } from "../result-row.ts";

/** A batch that used up its attempts, and where its items are. */
export interface DeadLetter {
  readonly jobId: string;
  readonly apiName: string;
  readonly batch: BatchDescriptor;
  /** The input ranges that contain its items, in order: bytes `[start, end)`, rows for Parquet. */
  readonly payload: readonly {
    readonly uri: string;
    readonly format: string;
    readonly start: number;
    readonly end: number;
  }[];
  readonly error: ItemError;
}

/** The user's own queue for batches that failed permanently (Cortex's `sqs_dead_letter_queue`). */
export interface DeadLetters {
  /**
   * Sends with at-least-once delivery. @throws {MillraceError} backend_misconfigured when the queue does not exist or
   * may not be written to
   */
  send(queueArn: string, letters: readonly DeadLetter[]): Promise<void>;
  /** Checks that the queue exists. @throws {MillraceError} invalid_submission naming the field */
  check(queueArn: string): Promise<void>;
}
