import type { BatchDescriptor, ItemRange } from "../batch.ts";

/** A worker's time-limited claim on a batch. */
export interface Lease {
  readonly batch: BatchDescriptor;
  /** Names this claim; a later claim on the same batch has another receipt. Opaque. */
  readonly receipt: string;
  /** How often the batch was leased, this time included, less the leases given back as unstarted; approximate. */
  readonly receiveCount: number;
}

export interface ReleaseOptions {
  /** @default 0 */
  readonly delayMs?: number;
  /** The batches that nobody has begun to predict: these leases do not count as deliveries. @default none */
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
  /** How long a backend that is paid by the request may wait for a batch. @default 0 */
  readonly waitMs?: number;
  /** Ends the wait: what was claimed then is not given back, and comes back when its lease ends. */
  readonly signal?: AbortSignal;
}

/**
 * The queue of one job's batches: at least once, roughly in input order.
 * An empty lease does not mean an empty queue, and counts are for display; the ledger decides what is done.
 */
export interface BatchQueue {
  create(jobId: string): Promise<void>;
  /** Adds all entries or throws. A batch that is sent again may be delivered again: its commit counts once. */
  send(jobId: string, entries: readonly QueueEntry[]): Promise<void>;
  /** Claims up to `max` visible batches for `leaseSeconds`. Returns none when there is none, at once or after `waitMs`. */
  lease(jobId: string, options: LeaseOptions): Promise<readonly Lease[]>;
  /** Renews claims for `leaseSeconds` from now. Returns the receipts that were lost. */
  extend(jobId: string, receipts: readonly string[], leaseSeconds: number): Promise<readonly string[]>;
  /** Removes batches for good; a lost receipt is ignored. */
  ack(jobId: string, receipts: readonly string[]): Promise<void>;
  /** Gives claims back, visible again after `delayMs`; a lost receipt is ignored. */
  release(jobId: string, receipts: readonly string[], options?: ReleaseOptions): Promise<void>;
  /** Batches queued and leased; approximate. */
  counts(jobId: string): Promise<{ readonly queued: number; readonly leased: number }>;
  delete(jobId: string): Promise<void>;
}
