import { existsSync, rmSync, writeFileSync } from "node:fs";
import {
  apiIsGone,
  type BatchLedger,
  beganNothing,
  type CreateJobOptions,
  type Idempotency,
  isTerminal,
  type Job,
  type JobLedger,
  type JobOutput,
  type JobSpec,
  type JobStatus,
  MillraceError,
  type StatusReason,
  transition,
} from "@millrace/core";
import { isSafeName } from "../home/home.ts";
import { syncFolder } from "../home/sync-folder.ts";
import { translateFileError } from "../objects/object-errors.ts";
import type { Database } from "../state/database.ts";
import { placeJobFile, stageJobFile } from "../state/job-files.ts";
import type { StateFiles } from "../state/state-files.ts";
import {
  copyStateToIndex,
  indexedJob,
  insertJob,
  isDamageOf,
  jobExists,
  queryIndex,
  removeFromIndex,
} from "./job-index.ts";
import { readJob, readStatus } from "./job-record.ts";

/** Jobs: one SQLite file each, plus a row in the index. The job's own file is authoritative for its status. */
export function localJobLedger(
  files: StateFiles,
  { now, batches }: { readonly now: () => number; readonly batches: BatchLedger },
): JobLedger {
  return {
    create: async (spec, options = {}) => {
      const freed = options.idempotency && (await freedHolder(files, options.idempotency.key, batches));
      return createJob(files, spec, { ...options, freed });
    },
    findIdempotent: async (idempotency) => {
      const freed = await freedHolder(files, idempotency.key, batches);
      return findIdempotent(files, { ...idempotency, freed });
    },
    get: async (jobId) => files.read(jobId, "job", (database) => getJob(files, database, jobId)),
    status: async (jobId) => readStatus(files.job(jobId), jobId),
    list: async (query) => queryIndex(files, query),
    active: async () => jobIds(files, "over = 0"),
    unsettled: async () => jobIds(files, "over = 1 AND settled = 0"),
    settle: async (jobId) => {
      files.index().run("UPDATE jobs SET settled = 1 WHERE job_id = ?", jobId);
    },
    transition: async (jobId, to, options) => moveJob(files, jobId, { to, ...options }),
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
        // No lease lasts this long: it was taken before the clock was set back.
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

/** Reads the job, and updates the index if a process was killed before it could copy the state there. */
function getJob(files: StateFiles, database: Database, jobId: string): Job {
  const job = readJob(database, jobId);
  if (isTerminal(job.status)) copyStateToIndex(files, jobId, { onlyIfNotOver: true });
  return job;
}

function jobIds(files: StateFiles, condition: string): readonly string[] {
  const rows = files
    .index()
    .all<{ job_id: string }>(`SELECT job_id FROM jobs WHERE ${condition} ORDER BY job_id`);
  return rows.map((row) => row.job_id);
}

function createJob(
  files: StateFiles,
  spec: JobSpec,
  { idempotency, ofDeployedApi, freed }: CreateJobOptions & { readonly freed: string | undefined },
): { readonly job: Job; readonly created: boolean } {
  if (!isSafeName(spec.jobId)) {
    throw new TypeError(`Cannot create job "${spec.jobId}": its id cannot be a folder's name`);
  }
  const index = files.index();
  let staged: string | undefined;
  let placed = false;
  try {
    const file = stageJobFile(files, spec, idempotency);
    staged = file;
    // The file moves into place while the index is locked. If the process is killed in between, the file is a job that
    // no client was told about; the next start adds it to the index, under the key that it was submitted with.
    const existing = index.transaction((): Job | undefined => {
      const earlier = idempotency && findIdempotent(files, { ...idempotency, freed });
      if (earlier) return earlier;
      if (ofDeployedApi) checkDeployed(index, spec);
      index.run("DELETE FROM idempotency WHERE job_id = ?", freed ?? "");
      if (existsSync(files.home.jobFile(spec.jobId))) throw jobExists(spec.jobId);
      placeJobFile(files, spec.jobId, file);
      placed = true;
      insertJob(files, { spec, status: "enqueuing" });
      return undefined;
    });
    // Nothing after this may fail: a client that gets an error retries and would create a second job.
    return existing
      ? { job: existing, created: false }
      : { job: { spec, status: "enqueuing" }, created: true };
  } catch (error) {
    if (placed) rmSync(files.home.jobFile(spec.jobId), { force: true });
    throw translateFileError(error, files.home.jobFile(spec.jobId));
  } finally {
    if (staged) rmSync(staged, { force: true });
  }
}

/** Checks the version as well: the API may have been deleted and deployed again. */
function checkDeployed(index: Database, { apiName, apiVersion }: JobSpec): void {
  const sql = "SELECT 1 FROM apis a JOIN versions v ON v.name = a.name WHERE a.name = ? AND v.version = ?";
  if (!index.get(sql, apiName, apiVersion)) throw apiIsGone(apiName);
}

function holderOf(
  files: StateFiles,
  key: string,
): { readonly fingerprint: string; readonly job_id: string } | undefined {
  return files.index().get("SELECT fingerprint, job_id FROM idempotency WHERE key = ?", key);
}

/** The job that holds the key but no longer needs it. This never changes back, so no index lock is needed yet. */
async function freedHolder(
  files: StateFiles,
  key: string,
  batches: BatchLedger,
): Promise<string | undefined> {
  const jobId = holderOf(files, key)?.job_id;
  if (!jobId || !(await beganNothing(batches, heldJob(files, jobId)))) return undefined;
  return jobId;
}

function findIdempotent(
  files: StateFiles,
  { key, fingerprint, freed }: Idempotency & { readonly freed: string | undefined },
): Job | undefined {
  const row = holderOf(files, key);
  if (!row || row.job_id === freed) return undefined;
  if (row.fingerprint !== fingerprint) {
    throw new MillraceError(
      "idempotency_conflict",
      `Cannot submit with idempotency key "${key}": job "${row.job_id}" was created with it by a different request; use a new key`,
      { details: { key, job_id: row.job_id } },
    );
  }
  return heldJob(files, row.job_id);
}

/** A key stays bound to its job, even if that job's file is damaged. */
function heldJob(files: StateFiles, jobId: string): Job {
  try {
    return readJob(files.job(jobId), jobId);
  } catch (error) {
    if (isDamageOf(files, jobId, error)) return indexedJob(files, jobId);
    throw error;
  }
}

function moveJob(
  files: StateFiles,
  jobId: string,
  step: {
    readonly to: JobStatus;
    readonly atMs: number;
    readonly reason?: StatusReason;
    readonly output?: JobOutput;
  },
): boolean {
  const database = files.job(jobId);
  // The final status promises the results: rows and status must be on the disk before anyone sees it.
  const write = isTerminal(step.to) ? "durableTransaction" : "transaction";
  const moved = database[write](() => {
    const from = readStatus(database, jobId);
    if (from === step.to || isTerminal(from)) return false;
    const to = transition(from, step.to);
    database.run(
      `UPDATE job SET status = ?, reason = ?, started_at = CASE WHEN ? THEN ? ELSE started_at END,
       ended_at = CASE WHEN ? THEN ? ELSE ended_at END, output = COALESCE(?, output)`,
      to,
      step.reason ? JSON.stringify(step.reason) : null,
      to === "running" ? 1 : 0,
      step.atMs,
      isTerminal(to) ? 1 : 0,
      step.atMs,
      step.output ? JSON.stringify(step.output) : null,
    );
    return true;
  });
  if (moved) copyStateToIndex(files, jobId);
  return moved;
}

/** A process may be killed after any of these steps: the next start continues the deletion. */
function deleteJob(files: StateFiles, jobId: string): void {
  const database = files.job(jobId);
  readStatus(database, jobId);
  markDeleted(files, jobId);
  // Tells processes that have the file open that the job is gone.
  database.durableTransaction(() => {
    database.run("DELETE FROM job");
    database.run("UPDATE queue_state SET deleted = 1");
  });
  finishDeletion(files, jobId);
}

/** After this, the next start continues the deletion. */
export function markDeleted(files: StateFiles, jobId: string): void {
  writeFileSync(files.home.deletionFile(jobId), "");
  syncFolder(files.home.jobDirectory(jobId));
}

/** Removes the remains of a job that is being deleted. */
export function finishDeletion(files: StateFiles, jobId: string): void {
  files.closeJob(jobId);
  removeFromIndex(files, jobId);
  rmSync(files.home.jobDirectory(jobId), { recursive: true, force: true });
}
