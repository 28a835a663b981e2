import { JOB_STATUSES, type JobStatus, type MillraceError, type Progress } from "@millrace/core";
import type { Database } from "../state/database.ts";
import { stateCorrupt } from "../state/sqlite-errors.ts";
import { jobNotFound } from "../state/state-files.ts";

interface ProgressRow {
  readonly status: JobStatus;
  readonly total_items: number | null;
  readonly total_batches: number | null;
  readonly succeeded_items: number;
  readonly failed_items: number;
  readonly succeeded_batches: number;
  readonly failed_batches: number;
  readonly predict_ms: number;
}

/** @throws {MillraceError} job_not_found */
export function readProgress(database: Database, jobId: string): Progress {
  const row = database.get<ProgressRow>(
    `SELECT status, total_items, total_batches, succeeded_items, failed_items, succeeded_batches,
     failed_batches, predict_ms FROM job, progress`,
  );
  if (!row) throw jobNotFound(jobId);
  const counts = [row.succeeded_items, row.failed_items, row.succeeded_batches, row.failed_batches];
  if (!counts.every(Number.isSafeInteger)) throw garbled(database);
  return {
    status: checkedStatus(database, row.status),
    ...(row.total_items !== null && { totalItems: row.total_items }),
    ...(row.total_batches !== null && { totalBatches: row.total_batches }),
    succeededItems: row.succeeded_items,
    failedItems: row.failed_items,
    succeededBatches: row.succeeded_batches,
    failedBatches: row.failed_batches,
    predictMs: row.predict_ms,
  };
}

/** An unknown status means damage that SQLite did not detect, since it checks only its own structure. */
export function checkedStatus(database: Database, status: JobStatus): JobStatus {
  if (Object.hasOwn(JOB_STATUSES, status)) return status;
  throw garbled(database);
}

export function garbled({ file }: Database, cause?: unknown): MillraceError {
  return stateCorrupt(file, "what it holds is garbled", cause);
}
