import {
  isTerminal,
  type Job,
  type JobOutput,
  type JobSpec,
  type JobStatus,
  type StatusReason,
} from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";
import type { Database } from "../state/database.ts";
import { stateCorrupt } from "../state/sqlite-errors.ts";
import { jobNotFound } from "../state/state-files.ts";
import { checkedStatus, garbled, readProgress } from "./progress.ts";

/** The part of a job that changes; kept in its own file and copied to the index. */
export type JobState = Omit<Job, "spec">;

interface JobRow {
  readonly status: JobStatus;
  readonly reason: string | null;
  readonly total_items: number | null;
  readonly total_batches: number | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly output: string | null;
}

/** @throws {MillraceError} job_not_found when the job was deleted while its file was open */
export function readJobState(database: Database, jobId: string): JobState {
  const row = database.get<JobRow>(
    "SELECT status, reason, total_items, total_batches, started_at, ended_at, output FROM job",
  );
  if (!row) throw jobNotFound(jobId);
  return {
    status: checkedStatus(database, row.status),
    ...(row.reason !== null && { reason: parse<StatusReason>(database, row.reason) }),
    ...(row.total_items !== null && { totalItems: row.total_items }),
    ...(row.total_batches !== null && { totalBatches: row.total_batches }),
    ...(row.started_at !== null && { startedAtMs: row.started_at }),
    ...(row.ended_at !== null && { endedAtMs: row.ended_at }),
    ...(row.output !== null && { output: parse<JobOutput>(database, row.output) }),
    // It is final now. In the index, it saves opening every job's file to list jobs.
    ...(isTerminal(row.status) && { progress: readProgress(database, jobId) }),
  };
}

export function readJob(database: Database, jobId: string): Job {
  const state = readJobState(database, jobId);
  const row = database.get<{ json: string }>("SELECT json FROM spec");
  const spec = row && parse<Partial<JobSpec> | null>(database, row.json);
  if (spec?.jobId !== jobId) throw stateCorrupt(database.file, `it does not hold the job "${jobId}"`);
  return { spec: spec as JobSpec, ...state };
}

/** The status alone. @throws {MillraceError} job_not_found */
export function readStatus(database: Database, jobId: string): JobStatus {
  const row = database.get<{ status: JobStatus }>("SELECT status FROM job");
  if (!row) throw jobNotFound(jobId);
  return checkedStatus(database, row.status);
}

/** Invalid JSON means damage that SQLite did not detect, since it checks only its own structure. */
function parse<Value>(database: Database, text: string): Value {
  try {
    return parseExactJson(text) as Value;
  } catch (error) {
    throw garbled(database, error);
  }
}
