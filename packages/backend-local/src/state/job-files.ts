import { closeSync, fsyncSync, mkdirSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Idempotency, JobSpec } from "@millrace/core";
import { syncFolder } from "../home/sync-folder.ts";
import { temporaryName } from "../home/temporary-files.ts";
import { openDatabase } from "./database.ts";
import { JOB_SCHEMA } from "./job-schema.ts";
import type { StateFiles } from "./state-files.ts";

/** Writes a complete job file outside the jobs folder; {@link placeJobFile} makes it a job. Returns its path. */
export function stageJobFile(files: StateFiles, spec: JobSpec, idempotency?: Idempotency): string {
  mkdirSync(files.home.temporaryDirectory, { recursive: true });
  const staged = join(files.home.temporaryDirectory, `${temporaryName("job")}.db`);
  const database = openDatabase(staged, { schema: JOB_SCHEMA, create: true, isStaged: true });
  try {
    database.transaction(() => {
      database.run("INSERT INTO spec (id, json) VALUES (1, ?)", JSON.stringify(spec));
      database.run("INSERT INTO job (id, status) VALUES (1, 'enqueuing')");
      if (!idempotency) return;
      const { key, fingerprint } = idempotency;
      database.run("INSERT INTO idempotency (id, key, fingerprint) VALUES (1, ?, ?)", key, fingerprint);
    });
  } finally {
    // Closing the only connection checkpoints the write-ahead log into the file: one file to rename.
    database.close();
  }
  syncFile(staged);
  return staged;
}

/** One sync at the end replaces those that SQLite skipped while no other process could see the file. */
function syncFile(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Moves a staged file to its place in the job's folder; its name is on the disk when this returns. */
export function placeJobFile(files: StateFiles, jobId: string, staged: string): void {
  const directory = files.home.jobDirectory(jobId);
  mkdirSync(directory, { recursive: true });
  renameSync(staged, files.home.jobFile(jobId));
  syncFolder(directory);
  syncFolder(files.home.jobsDirectory);
}
