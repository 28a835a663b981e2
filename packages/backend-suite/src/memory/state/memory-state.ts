import {
  type ApiVersion,
  type Attempt,
  type BatchCommit,
  type BatchDescriptor,
  batchId,
  type Idempotency,
  type ItemRange,
  type Job,
  MillraceError,
  type Source,
  type StoredLogLine,
  type WorkerRecord,
} from "@millrace/core";

/** A batch in the queue, and its claim. */
export interface QueuedBatch {
  readonly batch: BatchDescriptor;
  visibleAtMs: number;
  received: number;
  receipt: string | undefined;
}

/** The complete state of one job. */
export interface JobState {
  job: Job;
  readonly idempotency: Idempotency | undefined;
  settled: boolean;
  completion: { readonly owner: string; readonly expiresAtMs: number } | undefined;
  readonly sources: Map<number, Source>;
  checkpoint: unknown;
  /** By first item. */
  readonly committed: Map<number, BatchCommit>;
  /** By batch id, like all that follow: ranges that were split. */
  readonly split: Set<string>;
  /** Every batch that was ever sent. */
  readonly planned: Map<string, BatchDescriptor>;
  readonly queue: Map<string, QueuedBatch>;
  hasQueue: boolean;
  readonly attempts: Map<string, Attempt[]>;
  readonly workers: Map<number, WorkerRecord>;
}

/** The state of in-memory backends; several backends may share it, as processes share a database. */
export class MemoryState {
  /** Current versions by name, and all versions ever put. */
  readonly apis = new Map<string, ApiVersion>();
  readonly versions = new Map<string, ApiVersion>();
  readonly jobs = new Map<string, JobState>();
  readonly objects = new Map<string, { readonly bytes: Uint8Array; readonly version: string }>();
  readonly logs = new Map<string, Map<number | null, StoredLogLine[]>>();
  #numbers = 0;

  /** Returns a new number at every call. */
  next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  /** @throws {MillraceError} job_not_found */
  job(jobId: string): JobState {
    const state = this.jobs.get(jobId);
    if (state) return state;
    throw new MillraceError("job_not_found", `Cannot find job "${jobId}": there is none of this id`);
  }

  /** Jobs, oldest first. */
  jobsInOrder(): JobState[] {
    return [...this.jobs.values()].sort((a, b) => (a.job.spec.jobId < b.job.spec.jobId ? -1 : 1));
  }
}

/** True when exactly this range has been committed. */
export function isCommitted({ committed }: JobState, { first, count }: ItemRange): boolean {
  return committed.get(first)?.batch.count === count;
}

/** True when nothing is left to do for this range. */
export function isSettled(state: JobState, range: ItemRange): boolean {
  return isCommitted(state, range) || state.split.has(batchId(range));
}
