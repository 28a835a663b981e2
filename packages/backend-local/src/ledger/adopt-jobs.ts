import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMillraceError, type Logger } from "@millrace/core";
import { isSafeName } from "../home/home.ts";
import { sweepTemporary } from "../home/temporary-files.ts";
import type { StateFiles } from "../state/state-files.ts";
import { insertJob, removeFromIndex } from "./job-index.ts";
import { readJob } from "./job-record.ts";
import { finishDeletion } from "./ledger-jobs.ts";
import { restoreApis, restoreVersion } from "./restore-apis.ts";

/** Until then, a folder without a job file may belong to a submission that is still being written. */
const ABANDONED_AFTER_MS = 3_600_000;
/** What a submission that never became a job leaves behind: the objects written before the job file. */
const UNFINISHED_SUBMISSION: ReadonlySet<string> = new Set(["items.ndjson"]);

/**
 * Brings the index in line with the job folders, each of which holds the whole job. Adds jobs that the index does not
 * know, because it was lost, restored from a backup, or not yet written when a process crashed. Moves what cannot be
 * read as a job to quarantine. Never deletes anything that may be a result.
 *
 * Holds the index's write lock, so that no other process is between placing a job file and writing the index.
 */
export function adoptJobs(
  files: StateFiles,
  { nowMs, logger }: { readonly nowMs: number; readonly logger: Logger },
): void {
  const index = files.index();
  const { jobsDirectory, temporaryDirectory } = files.home;
  restoreApis(files, logger);
  // Newest first: if two jobs have the same idempotency key, the later one keeps it.
  const names = existsSync(jobsDirectory)
    ? readdirSync(jobsDirectory).filter(isSafeName).sort().reverse()
    : [];
  const known = new Set(index.all<{ job_id: string }>("SELECT job_id FROM jobs").map((row) => row.job_id));
  for (const name of names) {
    const isKnown = known.delete(name);
    if (existsSync(files.home.deletionFile(name))) finishDeletion(files, name);
    else if (!isKnown) index.transaction(() => adopt(files, name, { nowMs, logger }));
  }
  // Jobs that were deleted after the index was backed up.
  for (const jobId of known) removeFromIndex(files, jobId);
  sweepTemporary(temporaryDirectory, nowMs);
}

function adopt(
  files: StateFiles,
  name: string,
  { nowMs, logger }: { readonly nowMs: number; readonly logger: Logger },
): void {
  const directory = files.home.jobDirectory(name);
  if (!existsSync(files.home.jobFile(name))) {
    if (nowMs - statSync(directory).mtimeMs < ABANDONED_AFTER_MS) return;
    if (isUnfinishedSubmission(files, name)) rmSync(directory, { recursive: true, force: true });
    else quarantine(files, name, { why: "it has no job file", logger });
    return;
  }
  try {
    const job = readJob(files.job(name), name);
    restoreVersion(files, job.spec.apiName, job.spec.apiVersion);
    insertJob(files, job);
    logger.warn("added a job to the index, which did not have it", { job_id: name, status: job.status });
  } catch (error) {
    files.closeJob(name);
    // A newer Millrace wrote it and may be run again.
    if (isMillraceError(error, "state_too_new")) logger.error("left a job alone", { job_id: name, error });
    else quarantine(files, name, { why: error instanceof Error ? error.message : String(error), logger });
  }
}

/** True if no job has written anything here. */
function isUnfinishedSubmission(files: StateFiles, name: string): boolean {
  const own = readdirSync(files.home.jobDirectory(name));
  const objects = files.home.objectsDirectory(name);
  const written = existsSync(objects) ? readdirSync(objects) : [];
  return (
    own.every((entry) => entry === "objects") && written.every((entry) => UNFINISHED_SUBMISSION.has(entry))
  );
}

function quarantine(
  files: StateFiles,
  name: string,
  { why, logger }: { readonly why: string; readonly logger: Logger },
): void {
  const { quarantineDirectory } = files.home;
  mkdirSync(quarantineDirectory, { recursive: true, mode: 0o700 });
  let place = join(quarantineDirectory, name);
  for (let n = 2; existsSync(place); n += 1) place = join(quarantineDirectory, `${name}-${n}`);
  renameSync(files.home.jobDirectory(name), place);
  logger.error("moved a folder that is not a job to the quarantine", { folder: place, why });
}
