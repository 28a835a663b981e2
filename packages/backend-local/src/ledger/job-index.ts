import {
  type Idempotency,
  isMillraceError,
  isTerminal,
  type Job,
  type JobQuery,
  type JobSpec,
  type Logger,
  MillraceError,
} from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";
import type { SqlValue } from "../state/database.ts";
import { jobNotFound, type StateFiles } from "../state/state-files.ts";
import { type JobState, readJobState } from "./job-record.ts";

const DEFAULT_LIMIT = 100;
const MAXIMUM_LIMIT = 1_000;

/** Adds a job to the index, as its own file has it. @throws {MillraceError} conflict when it is already there */
export function insertJob(files: StateFiles, { spec, ...state }: Job): void {
  const index = files.index();
  if (index.get("SELECT 1 FROM jobs WHERE job_id = ?", spec.jobId)) throw jobExists(spec.jobId);
  index.run(
    "INSERT INTO jobs (job_id, api_name, api_version, status, over, labels, spec, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    spec.jobId,
    spec.apiName,
    spec.apiVersion,
    state.status,
    isTerminal(state.status) ? 1 : 0,
    JSON.stringify(spec.labels),
    JSON.stringify(spec),
    JSON.stringify(state),
  );
  const made = files.job(spec.jobId).get<Idempotency>("SELECT key, fingerprint FROM idempotency");
  if (!made) return;
  // Since the index was lost, the key may have created another job, which keeps it.
  const sql = "INSERT INTO idempotency (key, fingerprint, job_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
  index.run(sql, made.key, made.fingerprint, spec.jobId);
}

export function jobExists(jobId: string): MillraceError {
  return new MillraceError("conflict", `Cannot create job "${jobId}": it exists, expected a new id`, {
    details: { job_id: jobId },
  });
}

export function removeFromIndex(files: StateFiles, jobId: string): void {
  files.index().transaction(() => {
    files.index().run("DELETE FROM idempotency WHERE job_id = ?", jobId);
    files.index().run("DELETE FROM jobs WHERE job_id = ?", jobId);
  });
}

/** Copies the state from the job's own file to the index. In the index, a job that is over stays over. */
export function copyStateToIndex(
  files: StateFiles,
  jobId: string,
  { onlyIfNotOver = false }: { readonly onlyIfNotOver?: boolean } = {},
): void {
  // Usually there is nothing to do, and a write waits for the disk.
  if (onlyIfNotOver && !files.index().get("SELECT 1 FROM jobs WHERE job_id = ? AND over = 0", jobId)) return;
  const state = readJobState(files.job(jobId), jobId);
  files
    .index()
    .run(
      "UPDATE jobs SET status = ?, over = ?, state = ? WHERE job_id = ? AND (over = 0 OR over = ?)",
      state.status,
      isTerminal(state.status) ? 1 : 0,
      JSON.stringify(state),
      jobId,
      isTerminal(state.status) ? 1 : 0,
    );
}

/** Refreshes the index's copies of jobs that are not over: a process may be killed before it copies a state. */
export function refreshIndex(files: StateFiles, logger: Logger): void {
  const rows = files
    .index()
    .all<{ job_id: string; state: string }>("SELECT job_id, state FROM jobs WHERE over = 0");
  for (const { job_id, state } of rows) {
    try {
      const found = files.read(job_id, "state", (database) => readJobState(database, job_id));
      if (JSON.stringify(found) !== state) copyStateToIndex(files, job_id);
    } catch (error) {
      // One damaged job file must not hide the other jobs; a job being deleted removes itself from the index.
      if (!isMillraceError(error)) throw error;
      if (error.code !== "job_not_found") logger.warn("cannot read a job's state", { job_id, error });
    }
  }
}

/** True for an error that says that the job's own file is damaged. */
export function isDamageOf(files: StateFiles, jobId: string, error: unknown): error is MillraceError {
  return isMillraceError(error, "state_corrupt") && error.details.file === files.home.jobFile(jobId);
}

/** The job as the index has it. @throws {MillraceError} job_not_found */
export function indexedJob(files: StateFiles, jobId: string): Job {
  const sql = "SELECT spec, state FROM jobs WHERE job_id = ?";
  const row = files.index().get<IndexRow>(sql, jobId);
  if (!row) throw jobNotFound(jobId);
  return jobOfRow(row);
}

interface IndexRow {
  readonly spec: string;
  readonly state: string;
}

function jobOfRow({ spec, state }: IndexRow): Job {
  return { spec: parseExactJson(spec) as JobSpec, ...(JSON.parse(state) as JobState) };
}

/** Jobs from the index, newest first. */
export function queryIndex(files: StateFiles, query: JobQuery): readonly Job[] {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAXIMUM_LIMIT) {
    throw new RangeError(`Cannot list jobs: limit is ${limit}, expected 1..${MAXIMUM_LIMIT}`);
  }
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const where = (sql: string, ...given: SqlValue[]) => {
    conditions.push(sql);
    values.push(...given);
  };
  if (query.apiName !== undefined) where("api_name = ?", query.apiName);
  if (query.before !== undefined) where("job_id < ?", query.before);
  if (query.statuses?.length) {
    where(`status IN (${query.statuses.map(() => "?").join(", ")})`, ...query.statuses);
  }
  for (const [key, value] of Object.entries(query.labels ?? {})) {
    where("EXISTS (SELECT 1 FROM json_each(jobs.labels) l WHERE l.key = ? AND l.value = ?)", key, value);
  }
  if (query.search) {
    // Not LIKE, which would treat "_" and "%" as wildcards.
    const text =
      "lower(job_id || ' ' || api_name || ' ' || (SELECT group_concat(key || ' ' || value, ' ') FROM json_each(jobs.labels)))";
    where(`instr(${text}, lower(?)) > 0`, query.search);
  }
  const filter = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  const rows = files
    .index()
    .all<IndexRow>(`SELECT spec, state FROM jobs ${filter} ORDER BY job_id DESC LIMIT ?`, ...values, limit);
  return rows.map(jobOfRow);
}
