import type { OnFailure } from "./api.ts";
import type { JobStatus, StatusReason } from "./job-status.ts";
import type { Webhook } from "./webhook.ts";

/** Listing rules of `file_path_lister` and `delimited_files`: raw prefixes, then globs on the full path. */
export interface PathFilter {
  /** Whose rules they are: begins the names of fields in errors. */
  readonly kind?: "file_path_lister" | "delimited_files";
  /** Prefixes: local paths, `file://` or `s3://` URIs; at least one. */
  readonly paths: readonly string[];
  /** OR-ed; empty means everything. */
  readonly includes: readonly string[];
  /** Win over includes. */
  readonly excludes: readonly string[];
  /** Take files, too, whose names begin with `.` or `_`. */
  readonly includeHidden?: true;
  /** Skip what cannot be listed or opened, instead of refusing the dataset. */
  readonly skipUnreadable?: true;
  /** A dataset without items is one of none, instead of an error. */
  readonly allowEmpty?: true;
}

/** How the contents of files are read. Absent fields are the rule of the format. */
export interface ReadingRules {
  /** Whether a file whose only value is an array is its elements, whatever they are, or one item. */
  readonly jsonArrays?: "items" | "whole";
  /** As in {@link Source.nan}. */
  readonly nan?: "string";
}

/** The job's input. The items of an `item_list` are kept as the job's object `items.ndjson`. */
export type Dataset =
  | { readonly kind: "item_list"; readonly batchSize: number }
  | ({ readonly kind: "file_path_lister"; readonly batchSize: number } & PathFilter)
  | ({ readonly kind: "delimited_files"; readonly batchSize: number } & PathFilter & ReadingRules)
  /** The items of another job that have no output yet; made by `retry`, never by a submission. */
  | { readonly kind: "retry"; readonly parentJobId: string };

/** What a job was asked to do; immutable once written. */
export interface JobSpec {
  /** ULID: sorts oldest first. */
  readonly jobId: string;
  readonly apiName: string;
  readonly apiVersion: string;
  readonly endpoint: string;
  readonly dataset: Dataset;
  readonly workers: number;
  /** The API's config with the submission's merged over it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly maxAttempts: number;
  readonly onFailure: OnFailure;
  /** The job ends early once more items than this have failed; absent: no such bound. */
  readonly maxFailedItems?: number;
  readonly batchTimeoutSeconds: number;
  readonly prefetchBatches: number;
  /** Whole job, counted from submission. */
  readonly timeoutSeconds?: number;
  readonly eagerStart: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly sqsDeadLetterQueue?: { readonly arn: string; readonly maxReceiveCount: number };
  readonly webhook?: Webhook;
  readonly createdAtMs: number;
}

/** Where a finished job's ordered output is. */
export interface JobOutput {
  readonly manifestUri: string;
  readonly partUris: readonly string[];
}

/** A job as the ledger knows it now. */
export interface Job {
  readonly spec: JobSpec;
  readonly status: JobStatus;
  readonly reason?: StatusReason;
  /** Known once everything is enqueued. */
  readonly totalItems?: number;
  readonly totalBatches?: number;
  /** When it became `running`. */
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly output?: JobOutput;
  /** How far it was when it ended, where the ledger keeps that beside the job. */
  readonly progress?: Progress;
}

/** How far a job is. Items are the truth; batches are counted as committed (a split batch counts as its parts). */
export interface Progress {
  readonly status: JobStatus;
  readonly totalItems?: number;
  readonly totalBatches?: number;
  readonly succeededItems: number;
  readonly failedItems: number;
  readonly succeededBatches: number;
  readonly failedBatches: number;
  /** Sum over committed batches. */
  readonly predictMs: number;
}

/** True when every item of the job has its row. */
export function isComplete(progress: Progress): boolean {
  return (
    progress.totalItems !== undefined && progress.succeededItems + progress.failedItems >= progress.totalItems
  );
}
