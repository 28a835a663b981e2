import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import type { JobSpec } from "@millrace/core";
import { openDatabase } from "./database.ts";
import { JOB_SCHEMA } from "./job-schema.ts";
import type { StateFiles } from "./state-files.ts";

/** Folders without a job file may belong to a submission that is still being written. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Writes a whole job file beside the jobs; it becomes one by {@link placeJobFile}. Returns its path. */
export function stageJobFile(files: StateFiles, spec: JobSpec): string {
  mkdirSync(files.home.temporaryDirectory, { recursive: true });
  const staged = join(files.home.temporaryDirectory, `${spec.jobId}-${randomUUID()}.db`);
  const database = openDatabase(staged, { schema: JOB_SCHEMA, create: true, isStaged: true });
  try {
    database.transaction(() => {
      database.run("INSERT INTO spec (id, json) VALUES (1, ?)", JSON.stringify(spec));
      database.run("INSERT INTO job (id, status) VALUES (1, 'enqueuing')");
    });
  } finally {
    // Closing the only connection moves the write-ahead log into the file: one file to rename.
    database.close();
  }
  syncFile(staged);
  return staged;
}

/** One sync at the end stands for those that SQLite left out while the file was nobody's yet. */
function syncFile(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function placeJobFile(files: StateFiles, jobId: string, staged: string): void {
  mkdirSync(files.home.jobDirectory(jobId), { recursive: true });
  renameSync(staged, files.home.jobFile(jobId));
}

/**
 * Removes what a killed process left between "file in place" and "index written" (either way round).
 * The index's write lock is held meanwhile, so no other process is between the two.
 */
export function sweepOrphans(files: StateFiles, nowMs: number): void {
  const index = files.index();
  if (!existsSync(files.home.jobsDirectory)) return;
  index.transaction(() => {
    for (const name of readdirSync(files.home.jobsDirectory)) {
      if (index.get("SELECT 1 FROM jobs WHERE job_id = ?", name)) continue;
      const directory = files.home.jobDirectory(name);
      const isJob = existsSync(files.home.jobFile(name));
      if (isJob || isAbandoned(directory, nowMs)) rmSync(directory, { recursive: true, force: true });
    }
  });
  sweepTemporary(files.home.temporaryDirectory, nowMs);
}

function sweepTemporary(directory: string, nowMs: number): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    if (isAbandoned(file, nowMs)) rmSync(file, { recursive: true, force: true });
  }
}

function isAbandoned(path: string, nowMs: number): boolean {
  const modifiedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
  return nowMs - modifiedAtMs > ABANDONED_AFTER_MS;
}
