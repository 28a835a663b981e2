import { isMillraceError } from "@millrace/core";
import type { ProcessIdentity } from "@millrace/process-tree";
import { releaseWorkerClaims } from "../queue/batch-queue.ts";
import type { StateFiles } from "../state/state-files.ts";

/** How a worker process ended, as far as is known. */
export interface Ending {
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  /** Set for a waiting worker that can never start on this machine. */
  readonly neverStarts?: boolean;
}

/** A worker process as recorded in the job's file, for the service's next run. */
export interface ProcessRecord {
  readonly worker: number;
  /**
   * `starting` is written before the process is started, so that a process whose start was not recorded can be found.
   */
  readonly state: "starting" | "running" | "exited";
  readonly identity: ProcessIdentity | undefined;
  readonly gpuNames: readonly string[];
  readonly ending: Ending;
}

interface Row {
  readonly worker: number;
  readonly state: ProcessRecord["state"];
  readonly pid: number | null;
  readonly start_id: string | null;
  readonly gpus: string;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly reason: string | null;
}

/** Worker processes that were ever started for a job, by number. @throws {MillraceError} job_not_found */
export function readProcesses(files: StateFiles, jobId: string): readonly ProcessRecord[] {
  const rows = files.read(jobId, "processes", (database) =>
    database.all<Row>("SELECT * FROM processes ORDER BY worker"),
  );
  return rows.map((row) => ({
    worker: row.worker,
    state: row.state,
    identity: row.pid === null ? undefined : { pid: row.pid, startId: row.start_id ?? undefined },
    gpuNames: row.gpus === "" ? [] : row.gpus.split(","),
    ending: {
      ...(row.exit_code !== null && { exitCode: row.exit_code }),
      ...(row.signal !== null && { signal: row.signal }),
      ...(row.reason !== null && { reason: row.reason }),
    },
  }));
}

/**
 * Records that an ended worker waits to be restarted, so that the service's next run does not report that end again.
 */
export function recordWaiting(files: StateFiles, jobId: string, worker: number): void {
  files.job(jobId).run("DELETE FROM processes WHERE worker = ?", worker);
}

/**
 * Records that a worker is about to be started. Releases leases that its last run still holds: if a full disk kept that
 * run's end from being recorded, its batches would have to wait for the leases to expire.
 */
export function recordStarting(
  files: StateFiles,
  jobId: string,
  {
    worker,
    gpuNames,
    nowMs,
  }: { readonly worker: number; readonly gpuNames: readonly string[]; readonly nowMs: number },
): void {
  const database = files.job(jobId);
  database.transaction(() => {
    database.run(
      "INSERT OR REPLACE INTO processes (worker, state, gpus) VALUES (?, 'starting', ?)",
      worker,
      gpuNames.join(","),
    );
    releaseWorkerClaims(database, worker, nowMs);
  });
}

export function recordRunning(
  files: StateFiles,
  jobId: string,
  { worker, identity }: { readonly worker: number; readonly identity: ProcessIdentity },
): void {
  files
    .job(jobId)
    .run(
      "UPDATE processes SET state = 'running', pid = ?, start_id = ? WHERE worker = ?",
      identity.pid,
      identity.startId ?? null,
      worker,
    );
}

/** Records the end of a worker and releases its leases. Does nothing for a deleted job. */
export function recordExit(
  files: StateFiles,
  jobId: string,
  { worker, ending, nowMs }: { readonly worker: number; readonly ending: Ending; readonly nowMs: number },
): void {
  try {
    const database = files.job(jobId);
    database.transaction(() => {
      database.run(
        "UPDATE processes SET state = 'exited', exit_code = ?, signal = ?, reason = ? WHERE worker = ?",
        ending.exitCode ?? null,
        ending.signal ?? null,
        ending.reason ?? null,
        worker,
      );
      releaseWorkerClaims(database, worker, nowMs);
    });
  } catch (error) {
    if (!isMillraceError(error, "job_not_found")) throw error;
  }
}

/** How a child ended, according to its exit event. */
export function endingOf(code: number | null, signal: NodeJS.Signals | null): Ending {
  if (signal !== null) return { signal, reason: `ended by ${signal}` };
  return { ...(code !== null && { exitCode: code }), reason: `exit code ${code}` };
}

/** How a worker that is not our child ended, according to what it wrote to the ledger. */
export function endingFromLedger(files: StateFiles, jobId: string, worker: number): Ending {
  const row = workerStatus(files, jobId, worker);
  if (row?.status === "succeeded") return { exitCode: 0, reason: "done" };
  if (row?.status === "failed") return { exitCode: 1, reason: row.reason ?? "failed" };
  return { reason: "died while no service was running" };
}

function workerStatus(files: StateFiles, jobId: string, worker: number) {
  try {
    return files
      .job(jobId)
      .get<{ status: string; reason: string | null }>(
        "SELECT status, reason FROM workers WHERE worker = ?",
        worker,
      );
  } catch (error) {
    // If the job was deleted or its file is damaged, its workers have ended all the same.
    if (isMillraceError(error)) return undefined;
    throw error;
  }
}
