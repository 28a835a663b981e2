import { rmSync } from "node:fs";
import {
  type Idempotency,
  isTerminal,
  type Job,
  type JobLedger,
  type JobSpec,
  type JobStatus,
  type Logger,
  MillraceError,
  type StatusReason,
  transition,
} from "@millrace/core";
import { isSafeName } from "./home.ts";
import { placeJobFile, stageJobFile } from "./job-files.ts";
import { copyStateToIndex, queryIndex, refreshIndex } from "./job-index.ts";
import { readJob, readStatus } from "./job-record.ts";
import type { StateFiles } from "./state-files.ts";

/** Jobs: one SQLite file each, and a row in the index. The job's own file is the truth about its status. */
export function localJobLedger(
  files: StateFiles,
  options: { readonly logger: Logger; readonly now: () => number },
): JobLedger {
  const { logger, now } = options;
  return {
    create: async (spec, { idempotency } = {}) => createJob(files, spec, idempotency),
    findIdempotent: async (idempotency) => findIdempotent(files, idempotency),
    get: async (jobId) => readJob(files.job(jobId), jobId),
    status: async (jobId) => readStatus(files.job(jobId), jobId),
    list: async (query) => {
      refreshIndex(files, logger);
      return queryIndex(files, query);
    },
    active: async () => {
      refreshIndex(files, logger);
      return files
        .index()
        .all<{ job_id: string }>("SELECT job_id FROM jobs WHERE over = 0 ORDER BY job_id")
        .map((row) => row.job_id);
    },
    transition: async (jobId, to, { atMs, reason }) => moveJob(files, jobId, { to, atMs, reason }),
    setTotals: async (jobId, { items, batches }) => {
      readStatus(files.job(jobId), jobId);
      files.job(jobId).run("UPDATE job SET total_items = ?, total_batches = ?", items, batches);
    },
    setOutput: async (jobId, output) => {
      readStatus(files.job(jobId), jobId);
      files.job(jobId).run("UPDATE job SET output = ?", JSON.stringify(output));
      copyStateToIndex(files, jobId);
    },
    acquireCompletion: async (jobId, { owner, seconds }) => {
      readStatus(files.job(jobId), jobId);
      const nowMs = now();
      const changed = files.job(jobId).run(
        `UPDATE job SET completion_owner = ?1, completion_expires_at = ?2
           WHERE completion_owner IS NULL OR completion_owner = ?1
             OR completion_expires_at <= ?3 OR completion_expires_at > ?4`,
        owner,
        nowMs + seconds * 1_000,
        nowMs,
        // Nobody's lease lasts so long: a clock gave it that has been set back since.
        nowMs + 2 * seconds * 1_000,
      );
      return changed === 1;
    },
    releaseCompletion: async (jobId, owner) => {
      readStatus(files.job(jobId), jobId);
      files.job(jobId).run("UPDATE job SET completion_owner = NULL WHERE completion_owner = ?", owner);
    },
    delete: async (jobId) => deleteJob(files, jobId),
  };
}

function createJob(
  files: StateFiles,
  spec: JobSpec,
  idempotency?: Idempotency,
): { readonly job: Job; readonly created: boolean } {
  if (!isSafeName(spec.jobId)) {
    throw new TypeError(`Cannot create job "${spec.jobId}": its id cannot be a folder's name`);
  }
  const staged = stageJobFile(files, spec);
  const index = files.index();
  let placed = false;
  try {
    // The file moves into place while the index is locked: a process killed in between leaves a file
    // that the index does not know, which is no job, and which the next start of the service removes.
    const job = index.transaction((): Job | undefined => {
      const existing = idempotency && findIdempotent(files, idempotency);
      if (existing) return existing;
      insertIndexRows(files, spec, idempotency);
      placeJobFile(files, spec.jobId, staged);
      placed = true;
      return undefined;
    });
    if (job) return { job, created: false };
    return { job: readJob(files.job(spec.jobId), spec.jobId), created: true };
  } catch (error) {
    if (placed) rmSync(files.home.jobFile(spec.jobId), { force: true });
    throw error;
  } finally {
    rmSync(staged, { force: true });
  }
}

function insertIndexRows(files: StateFiles, spec: JobSpec, idempotency?: Idempotency): void {
  const index = files.index();
  if (index.get("SELECT 1 FROM jobs WHERE job_id = ?", spec.jobId)) {
    throw new MillraceError("conflict", `Cannot create job "${spec.jobId}": it exists, expected a new id`, {
      details: { job_id: spec.jobId },
    });
  }
  index.run(
    "INSERT INTO jobs (job_id, api_name, api_version, status, labels, spec, state) VALUES (?, ?, ?, 'enqueuing', ?, ?, ?)",
    spec.jobId,
    spec.apiName,
    spec.apiVersion,
    JSON.stringify(spec.labels),
    JSON.stringify(spec),
    JSON.stringify({ status: "enqueuing" }),
  );
  if (!idempotency) return;
  index.run(
    "INSERT INTO idempotency (key, fingerprint, job_id) VALUES (?, ?, ?)",
    idempotency.key,
    idempotency.fingerprint,
    spec.jobId,
  );
}

function findIdempotent(files: StateFiles, { key, fingerprint }: Idempotency): Job | undefined {
  const row = files
    .index()
    .get<{ fingerprint: string; job_id: string }>(
      "SELECT fingerprint, job_id FROM idempotency WHERE key = ?",
      key,
    );
  if (!row) return undefined;
  if (row.fingerprint !== fingerprint) {
    throw new MillraceError(
      "idempotency_conflict",
      `Cannot submit with idempotency key "${key}": job "${row.job_id}" was made by it from another request, use a new key`,
      { details: { key, job_id: row.job_id } },
    );
  }
  return readJob(files.job(row.job_id), row.job_id);
}

function moveJob(
  files: StateFiles,
  jobId: string,
  step: { readonly to: JobStatus; readonly atMs: number; readonly reason: StatusReason | undefined },
): boolean {
  const database = files.job(jobId);
  const moved = database.transaction(() => {
    const from = readStatus(database, jobId);
    if (from === step.to || isTerminal(from)) return false;
    const to = transition(from, step.to);
    database.run(
      `UPDATE job SET status = ?, reason = ?, started_at = CASE WHEN ? THEN ? ELSE started_at END,
       ended_at = CASE WHEN ? THEN ? ELSE ended_at END`,
      to,
      step.reason ? JSON.stringify(step.reason) : null,
      to === "running" ? 1 : 0,
      step.atMs,
      isTerminal(to) ? 1 : 0,
      step.atMs,
    );
    return true;
  });
  if (moved) copyStateToIndex(files, jobId);
  return moved;
}

function deleteJob(files: StateFiles, jobId: string): void {
  const database = files.job(jobId);
  readStatus(database, jobId);
  // The index first: killed after this, the rest is an orphan that the next start removes.
  files.index().transaction(() => {
    files.index().run("DELETE FROM idempotency WHERE job_id = ?", jobId);
    files.index().run("DELETE FROM jobs WHERE job_id = ?", jobId);
  });
  // Processes that have the file open see that the job is gone.
  database.transaction(() => {
    database.run("DELETE FROM job");
    database.run("UPDATE queue_state SET deleted = 1");
  });
  files.closeJob(jobId);
  rmSync(files.home.jobDirectory(jobId), { recursive: true, force: true });
}
