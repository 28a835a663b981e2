import { type Attempt, type BatchLedger, isTerminal, MillraceError, type Source } from "@millrace/core";
import type { Database } from "../state/database.ts";
import type { StateFiles } from "../state/state-files.ts";
import { commitBatches, committedCount } from "./batch-commit.ts";
import { rangeAttempts, readAttempts, readResults, readUnfinished } from "./batch-readers.ts";
import { readStatus } from "./job-record.ts";
import { readProgress } from "./progress.ts";

/** What happened to the ranges of a job, stored in the job's own file. */
export function localBatchLedger(files: StateFiles): BatchLedger {
  /** The job's file. Throws job_not_found, also if the job was deleted while its file was open here. */
  const job = (jobId: string): Database => {
    const database = files.job(jobId);
    readStatus(database, jobId);
    return database;
  };
  return {
    addSources: async (jobId, sources) => addSources(job(jobId), sources),
    source: async (jobId, id) => readSource(job(jobId), jobId, id),
    sources: async (jobId) =>
      job(jobId)
        .all<{ json: string }>("SELECT json FROM sources ORDER BY id")
        .map((row) => JSON.parse(row.json) as Source),
    saveCheckpoint: async (jobId, checkpoint) => {
      job(jobId).run("UPDATE job SET checkpoint = ?", JSON.stringify(checkpoint ?? null));
    },
    checkpoint: async (jobId) => readCheckpoint(job(jobId)),
    commit: async (jobId, commits) => commitBatches(files.job(jobId), jobId, commits),
    isDone: async (jobId, { first, count }) => committedCount(job(jobId), first) === count,
    split: async (jobId, batch) => splitRange(files.job(jobId), jobId, batch),
    recordAttempt: async (jobId, attempt) => addAttempt(job(jobId), attempt),
    attempts: async (jobId, { first, count }) => rangeAttempts(job(jobId), first, count),
    allAttempts: (jobId) => readAttempts(() => job(jobId)),
    progress: async (jobId) => files.read(jobId, "progress", (database) => readProgress(database, jobId)),
    results: (jobId, options = {}) => readResults(() => job(jobId), options),
    unfinished: (jobId) => readUnfinished(() => job(jobId), jobId),
  };
}

/** Adding a source again replaces the one with the same number: an enqueuer that resumes may unpack again. */
function addSources(database: Database, sources: readonly Source[]): void {
  database.transaction(() => {
    for (const source of sources) {
      database.run(
        "INSERT INTO sources (id, json) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
        source.id,
        JSON.stringify(source),
      );
    }
  });
}

function readSource(database: Database, jobId: string, id: number): Source {
  const row = database.get<{ json: string }>("SELECT json FROM sources WHERE id = ?", id);
  if (row) return JSON.parse(row.json) as Source;
  throw new MillraceError("not_found", `Cannot find source ${id} of job "${jobId}": it was never recorded`, {
    details: { job_id: jobId, source: id },
  });
}

function readCheckpoint(database: Database): unknown {
  const row = database.get<{ checkpoint: string | null }>("SELECT checkpoint FROM job");
  return typeof row?.checkpoint === "string" ? JSON.parse(row.checkpoint) : undefined;
}

function splitRange(
  database: Database,
  jobId: string,
  { first, count }: { readonly first: number; readonly count: number },
): boolean {
  return database.transaction(() => {
    if (isTerminal(readStatus(database, jobId))) return false;
    if (database.get("SELECT 1 FROM splits WHERE first = ? AND count = ?", first, count)) return true;
    // A range counts as committed before only if exactly this range was; committed parts do not count.
    if (committedCount(database, first) === count) return false;
    database.run("INSERT INTO splits (first, count) VALUES (?, ?)", first, count);
    return true;
  });
}

function addAttempt(database: Database, attempt: Omit<Attempt, "attempt">): number {
  const { first, count, worker, endedAtMs, error } = attempt;
  return database.transaction(() => {
    const row = database.get<{ attempts: number }>(
      "SELECT coalesce(max(attempt), 0) AS attempts FROM attempts WHERE first = ? AND count = ?",
      first,
      count,
    );
    const number = (row?.attempts ?? 0) + 1;
    database.run(
      "INSERT INTO attempts (first, count, attempt, worker, ended_at, error) VALUES (?, ?, ?, ?, ?, ?)",
      first,
      count,
      number,
      worker,
      endedAtMs,
      JSON.stringify(error),
    );
    return number;
  });
}
