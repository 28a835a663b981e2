import type { OnFailure, OutputRules } from "./api.ts";
import type { JobStatus, StatusReason } from "./job-status.ts";
import type { Webhook } from "./webhook.ts";

/** Listing rules of `file_path_lister` and `delimited_files`: raw prefixes, then globs on the full path. */
export interface PathFilter {
  /** Which dataset the rules belong to; used as the prefix of field names in errors. */
  readonly kind?: "file_path_lister" | "delimited_files";
  /** Prefixes: local paths, `file://` or `s3://` URIs; at least one. */
  readonly paths: readonly string[];
  /** Combined with OR; empty means everything. */
  readonly includes: readonly string[];
  /** Take precedence over includes. */
  readonly excludes: readonly string[];
  /** Include files whose names start with `.` or `_`. */
  readonly includeHidden?: true;
  /** Skip what cannot be listed or opened, instead of failing the dataset. */
  readonly skipUnreadable?: true;
  /** Accept a dataset without items instead of failing. */
  readonly allowEmpty?: true;
}

/** How CSV files are read. Absent fields mean what is usual. */
export interface CsvRules {
  /** One character. @default what the first records show */
  readonly delimiter?: string;
  /** One character; empty: quotes are text. @default a double quote */
  readonly quote?: string;
  /** One character: lines that start with it are skipped. @default no comments */
  readonly comment?: string;
  /** The first record is data, and the columns have numbers. */
  readonly header?: false;
}

/** How the contents of files are read. Absent fields mean the format's default. */
export interface ReadingRules {
  /** Name of the format of every file. @default what each file's bytes and name show */
  readonly format?: string;
  readonly csv?: CsvRules;
  /**
   * For a file whose only value is an array: whether each element is an item, whatever it is, or the whole array is
   * one.
   */
  readonly jsonArrays?: "items" | "whole";
  /** Same as {@link Source.nan}. */
  readonly nan?: "string";
}

/** The job's input. The items of an `item_list` are stored as the job's object `items.ndjson`. */
export type Dataset =
  | { readonly kind: "item_list"; readonly batchSize: number }
  | ({ readonly kind: "file_path_lister"; readonly batchSize: number } & PathFilter)
  | ({ readonly kind: "delimited_files"; readonly batchSize: number } & PathFilter & ReadingRules)
  /** The items of another job that have no output yet; created by `retry`, never by a submission. */
  | { readonly kind: "retry"; readonly parentJobId: string };

/** What a job is to do; immutable once written. */
export interface JobSpec {
  /** ULID: sorts oldest first. */
  readonly jobId: string;
  readonly apiName: string;
  readonly apiVersion: string;
  readonly endpoint: string;
  readonly dataset: Dataset;
  readonly workers: number;
  /** The API's config, overridden by the submission's. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly maxAttempts: number;
  readonly onFailure: OnFailure;
  /** The job ends early once more than this many items have failed; absent: no limit. */
  readonly maxFailedItems?: number;
  readonly batchTimeoutSeconds: number;
  readonly prefetchBatches: number;
  /** For the whole job, counted from submission. */
  readonly timeoutSeconds?: number;
  readonly eagerStart: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Overrides the API's, field by field. */
  readonly output?: OutputRules;
  readonly sqsDeadLetterQueue?: { readonly arn: string; readonly maxReceiveCount: number };
  readonly webhook?: Webhook;
  readonly createdAtMs: number;
}

/** Where a finished job's ordered output is. */
export interface JobOutput {
  readonly manifestUri: string;
  readonly partUris: readonly string[];
}

/** A job as currently recorded in the ledger. */
export interface Job {
  readonly spec: JobSpec;
  readonly status: JobStatus;
  readonly reason?: StatusReason;
  /** Known once everything has been enqueued. */
  readonly totalItems?: number;
  readonly totalBatches?: number;
  /** When it became `running`. */
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly output?: JobOutput;
  /** Its final progress, where the ledger stores that with the job. */
  readonly progress?: Progress;
}

/** How far a job is. Item counts are exact; batches count as committed (a split batch counts as its parts). */
export interface Progress {
  readonly status: JobStatus;
  readonly totalItems?: number;
  readonly totalBatches?: number;
  readonly succeededItems: number;
  readonly failedItems: number;
  readonly succeededBatches: number;
  readonly failedBatches: number;
  /** Sum over the committed batches. */
  readonly predictMs: number;
}

/** True when every item of the job has its row. */
export function isComplete(progress: Progress): boolean {
  return (
    progress.totalItems !== undefined && progress.succeededItems + progress.failedItems >= progress.totalItems
  );
}
