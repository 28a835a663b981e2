import type { BatchDescriptor, ItemRange } from "../batch.ts";

/** A worker's time-limited claim on a batch. */
export interface Lease {
  readonly batch: BatchDescriptor;
  /** Identifies this claim; a later claim on the same batch has another receipt. Opaque. */
  readonly receipt: string;
  /**
   * How often the batch has been leased, including now, without leases that were released as unstarted; approximate.
   */
  readonly receiveCount: number;
}

export interface ReleaseOptions {
  /** @default 0 */
  readonly delayMs?: number;
  /** Batches whose prediction has not started: these leases do not count as deliveries. @default none */
  readonly unstarted?: readonly ItemRange[];
}

export interface QueueEntry {
  readonly batch: BatchDescriptor;
  /** @default 0 */
  readonly delayMs?: number;
}

export interface LeaseOptions {
  readonly max: number;
  readonly leaseSeconds: number;
  readonly worker: number;
  /** How long a backend that charges per request may wait for a batch. @default 0 */
  readonly waitMs?: number;
  /**
   * Ends the wait: batches claimed at that moment are not released, and become visible again when their lease expires.
   */
  readonly signal?: AbortSignal;
}

/**
 * The queue of one job's batches: at-least-once delivery, roughly in input order. An empty lease does not mean an empty
 * queue, and counts are for display; the ledger decides what is done.
 */
export interface BatchQueue {
  create(jobId: string): Promise<void>;
  /** Adds all entries or throws. A batch that is sent again may be delivered again: only its first commit counts. */
  send(jobId: string, entries: readonly QueueEntry[]): Promise<void>;
  /**
   * Claims up to `max` visible batches for `leaseSeconds`. Returns an empty list when there are none, at once or after
   * `waitMs`.
   */
  lease(jobId: string, options: LeaseOptions): Promise<readonly Lease[]>;
  /** Renews claims for `leaseSeconds` from now. Returns the stale receipts, whose claims are lost. */
  extend(jobId: string, receipts: readonly string[], leaseSeconds: number): Promise<readonly string[]>;
  /** Removes batches for good; stale receipts are ignored. */
  ack(jobId: string, receipts: readonly string[]): Promise<void>;
  /** Releases claims; the batches are visible again after `delayMs`. Stale receipts are ignored. */
  release(jobId: string, receipts: readonly string[], options?: ReleaseOptions): Promise<void>;
  /** Number of batches queued and leased; approximate. */
  counts(jobId: string): Promise<{ readonly queued: number; readonly leased: number }>;
  delete(jobId: string): Promise<void>;
}
