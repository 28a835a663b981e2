import type { BatchDescriptor, ItemRange } from "../batch.ts";
import type { Progress } from "../job.ts";

/** One object of the dataset, as it was when it was enqueued. */
export interface Source {
  /** Number in the job, from 0. */
  readonly id: number;
  /** Where the bytes are: the object itself, or the unpacked copy if it is compressed or UTF-16. */
  readonly uri: string;
  /** The object that the user named. */
  readonly origin: string;
  /** Name of a format from `dataset/formats`. */
  readonly format: string;
  readonly sizeBytes: number;
  /** {@link ObjectStat.version} of `uri`. */
  readonly version: string;
  /** What the format needs to read a range of the source, such as a CSV header. JSON. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** NaN and infinities are read as strings; absent: as null. JSON has neither. */
  readonly nan?: "string";
}

/** One failed attempt at one batch. */
export interface Attempt {
  readonly first: number;
  readonly count: number;
  /** 1-based among the attempts of exactly this range. */
  readonly attempt: number;
  readonly worker: number;
  readonly endedAtMs: number;
  readonly error: {
    /** One of the platform's error codes, such as `predictor_error`. */
    readonly code: string;
    /** The error's class, such as `ValueError`. */
    readonly type?: string;
    readonly message: string;
    readonly traceback?: string;
  };
}

/** The result rows of one batch and the fact that its range is done, which become durable together. */
export interface BatchCommit {
  readonly batch: BatchDescriptor;
  /** One row per line, in order, each ended by `\n`. */
  readonly rows: string;
  /** Number of items that failed. */
  readonly failedItems: number;
  /** Where some items failed and others did not: the failed ones, as ranges in input order. */
  readonly failed?: readonly BatchDescriptor[];
  readonly predictMs: number;
  readonly worker: number;
}

/**
 * `committed`: it counts. `duplicate`: the same range was already committed, nothing changed. `superseded`: the range
 * was split, or the job is over; nothing changed.
 */
export type CommitOutcome = "committed" | "duplicate" | "superseded";

/** Committed rows of one range. */
export interface ResultBlock extends ItemRange {
  readonly rows: string;
  readonly failedItems: number;
}

/** The state of a job's ranges. All methods throw `job_not_found`. */
export interface BatchLedger {
  addSources(jobId: string, sources: readonly Source[]): Promise<void>;
  source(jobId: string, id: number): Promise<Source>;
  /** Every source, sorted by number. */
  sources(jobId: string): Promise<readonly Source[]>;
  /** Saves the enqueuer's checkpoint: any JSON. */
  saveCheckpoint(jobId: string, checkpoint: unknown): Promise<void>;
  checkpoint(jobId: string): Promise<unknown>;
  /**
   * Commits a group; outcomes are in the order of `commits`. Includes the job's progress where that is free: a ledger
   * that would have to add up the counts of all workers omits it.
   */
  commit(
    jobId: string,
    commits: readonly BatchCommit[],
  ): Promise<{ readonly outcomes: readonly CommitOutcome[]; readonly progress?: Progress }>;
  /** True when exactly this range has been committed. */
  isDone(jobId: string, range: ItemRange): Promise<boolean>;
  /**
   * Marks a range as split, so that it can never be committed as a whole. Also true when it was split before; false
   * when it was already committed or the job is over: then there is nothing to split.
   */
  split(jobId: string, batch: BatchDescriptor): Promise<boolean>;
  /** Records an attempt and returns how many exactly this range has now. `attempt.attempt` is filled in. */
  recordAttempt(jobId: string, attempt: Omit<Attempt, "attempt">): Promise<number>;
  /** Attempts of exactly this range, oldest first; empty in the common case. */
  attempts(jobId: string, range: ItemRange): Promise<readonly Attempt[]>;
  /** Every attempt of the job, sorted by range and attempt. */
  allAttempts(jobId: string): AsyncIterable<Attempt>;
  /** How far the job is: exact, or as last read by anyone at most `maxAgeMs` ago (default 0), which may cost less. */
  progress(jobId: string, options?: { readonly maxAgeMs?: number }): Promise<Progress>;
  /** Committed rows in input order, starting with the block that contains `from`; available while the job runs. */
  results(
    jobId: string,
    options?: { readonly from?: number; readonly failedOnly?: boolean; readonly signal?: AbortSignal },
  ): AsyncIterable<ResultBlock>;
  /**
   * Ranges without an output, in input order: the failed ones, and batches that were never committed. Used by `retry`.
   */
  unfinished(jobId: string): AsyncIterable<BatchDescriptor>;
}
