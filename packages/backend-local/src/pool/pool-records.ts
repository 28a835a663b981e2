import { isMillraceError } from "@millrace/core";
import type { ProcessIdentity } from "@millrace/process-tree";
import { releaseWorkerClaims } from "../queue/batch-queue.ts";
import type { StateFiles } from "../state/state-files.ts";

/** How a worker process ended, as far as it is known. */
export interface Ending {
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  /** Of one that waits: it can never start on this machine. */
  readonly neverStarts?: boolean;
}

/** A worker process as it is written down in the job's file, for the next life of the service. */
export interface ProcessRecord {
  readonly worker: number;
  /** `starting`: written before the process is started, so that one that nobody wrote down can be looked for. */
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

/** Worker processes ever started for a job, by number. @throws {MillraceError} job_not_found */
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

/** A worker that ended waits to be started again: the next life of the service must not find that end once more. */
export function recordWaiting(files: StateFiles, jobId: string, worker: number): void {
  files.job(jobId).run("DELETE FROM processes WHERE worker = ?", worker);
}

/**
 * Writes down that a worker is about to be started. Gives back what its last life still holds: its end may have gone
 * unrecorded, on a full disk, and its batches would wait for their leases to run out.
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

/** Writes down the end of a worker and gives back what it held; a deleted job needs neither. */
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

/** How a child ended, as the system told. */
export function endingOf(code: number | null, signal: NodeJS.Signals | null): Ending {
  if (signal !== null) return { signal, reason: `ended by ${signal}` };
  return { ...(code !== null && { exitCode: code }), reason: `exit code ${code}` };
}

/** How a worker that is not our child ended: what it wrote into the ledger before. */
export function endingFromLedger(files: StateFiles, jobId: string, worker: number): Ending {
  const row = workerStatus(files, jobId, worker);
  if (row?.status === "succeeded") return { exitCode: 0, reason: "done" };
  if (row?.status === "failed") return { exitCode: 1, reason: row.reason ?? "failed" };
  return { reason: "died while no service was watching" };
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
    // The job may be deleted, or its file damaged: its workers end all the same.
    if (isMillraceError(error)) return undefined;
    throw error;
  }
}
