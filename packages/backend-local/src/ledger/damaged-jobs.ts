import {
  type BatchQueue,
  isTerminal,
  type Job,
  type Ledger,
  type Logger,
  type Progress,
} from "@millrace/core";
import type { StateFiles } from "../state/state-files.ts";
import { indexedJob, isDamageOf } from "./job-index.ts";
import type { JobState } from "./job-record.ts";
import { finishDeletion, markDeleted } from "./ledger-jobs.ts";

interface LocalState {
  readonly ledger: Ledger;
  readonly queue: BatchQueue;
}

/**
 * Wraps a ledger and a queue so that a job with a damaged file ends with `unexpected_error`, using what the index
 * knows. The job can then be listed, shown and deleted, and nothing tries to continue it. The damaged file is left
 * unchanged, so that it can be repaired or restored from a backup.
 */
export function withDamagedJobs(
  { ledger, queue }: LocalState,
  files: StateFiles,
  options: { readonly now: () => number; readonly logger: Logger },
): LocalState & {
  /** Ends the job if the error says that its file is damaged. */
  readonly onDamage: (jobId: string, error: unknown) => void;
} {
  const { jobs, batches, workers } = ledger;
  const end = (jobId: string, error: Error) => endDamaged(files, ledger, { ...options, jobId, error });
  /** Returns what `read` returns. If the file is damaged, ends the job and returns what the index has. */
  const known = async <T>(jobId: string, read: () => Promise<T>, fromIndex: (job: Job) => T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!isDamageOf(files, jobId, error)) throw error;
      await end(jobId, error);
      return fromIndex(indexedJob(files, jobId));
    }
  };
  const get = async (jobId: string): Promise<Job> => {
    const job = await jobs.get(jobId);
    if (isTerminal(job.status)) return job;
    const { status, reason, endedAtMs = options.now() } = indexedJob(files, jobId);
    if (!isTerminal(status)) return job;
    // The file was restored after the job had ended.
    await jobs.transition(jobId, status, { atMs: endedAtMs, ...(reason && { reason }) });
    return jobs.get(jobId);
  };
  return {
    onDamage: (jobId, error) => {
      if (!isDamageOf(files, jobId, error)) return;
      end(jobId, error).catch((cause: unknown) => {
        options.logger.error("cannot end a job whose file is damaged", { job_id: jobId, error: cause });
      });
    },
    ledger: {
      ...ledger,
      jobs: {
        ...jobs,
        get: (jobId) =>
          known(
            jobId,
            () => get(jobId),
            (job) => job,
          ),
        status: (jobId) =>
          known(
            jobId,
            () => jobs.status(jobId),
            ({ status }) => status,
          ),
        transition: async (jobId, to, step) => {
          try {
            return await jobs.transition(jobId, to, step);
          } catch (error) {
            if (!isDamageOf(files, jobId, error)) throw error;
            return (await end(jobId, error)) && isTerminal(to);
          }
        },
        setOutput: (jobId, output) =>
          known(
            jobId,
            () => jobs.setOutput(jobId, output),
            (job) => void writeToIndex(files, jobId, { ...job, output }),
          ),
        delete: (jobId) =>
          known(
            jobId,
            () => jobs.delete(jobId),
            () => deleteDamaged(files, jobId),
          ),
      },
      batches: { ...batches, progress: (jobId) => known(jobId, () => batches.progress(jobId), progressOf) },
      workers: {
        ...workers,
        list: (jobId) =>
          known(
            jobId,
            () => workers.list(jobId),
            () => [],
          ),
      },
    },
    queue: {
      ...queue,
      counts: (jobId) =>
        known(
          jobId,
          () => queue.counts(jobId),
          () => ({ queued: 0, leased: 0 }),
        ),
      delete: (jobId) =>
        known(
          jobId,
          () => queue.delete(jobId),
          () => undefined,
        ),
    },
  };
}

/** Ends the job in its file if that part is readable, otherwise in the index. @returns whether this call ended it */
async function endDamaged(
  files: StateFiles,
  { jobs }: Ledger,
  options: {
    readonly jobId: string;
    readonly error: Error;
    readonly now: () => number;
    readonly logger: Logger;
  },
): Promise<boolean> {
  const { jobId, error, now, logger } = options;
  const before = indexedJob(files, jobId);
  if (isTerminal(before.status)) return false;
  logger.error("ending a job because its file is damaged", { job_id: jobId, error });
  const ended = {
    status: "unexpected_error",
    reason: { code: "state_corrupt", message: `The service cannot go on with the job: ${error.message}` },
    endedAtMs: now(),
  } as const;
  try {
    const { status, reason, endedAtMs } = ended;
    if (await jobs.transition(jobId, status, { atMs: endedAtMs, reason })) return true;
  } catch (cause) {
    if (!isDamageOf(files, jobId, cause)) throw cause;
  }
  files.closeJob(jobId);
  const progress = { ...progressOf(before), status: ended.status };
  return writeToIndex(files, jobId, { ...before, ...ended, progress });
}

/** @returns false when another process has already ended the job */
function writeToIndex(files: StateFiles, jobId: string, { spec: _, ...state }: Job): boolean {
  const sql = "UPDATE jobs SET status = ?, over = 1, state = ? WHERE job_id = ? AND (over = 0 OR status = ?)";
  return files.index().run(sql, state.status, JSON.stringify(state), jobId, state.status) === 1;
}

function deleteDamaged(files: StateFiles, jobId: string): void {
  markDeleted(files, jobId);
  finishDeletion(files, jobId);
}

/** Progress counts exist only in the job file until the job is over. */
function progressOf({ status, totalItems, totalBatches, progress }: JobState): Progress {
  return (
    progress ?? {
      status,
      ...(totalItems !== undefined && { totalItems }),
      ...(totalBatches !== undefined && { totalBatches }),
      succeededItems: 0,
      failedItems: 0,
      succeededBatches: 0,
      failedBatches: 0,
      predictMs: 0,
    }
  );
}
