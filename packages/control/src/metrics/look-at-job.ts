import { type Backend, isTerminal, type Job, type Progress, type WorkerRecord } from "@millrace/core";

/** Maximum age of the counts in a scrape: where each read is paid for, the scrape reuses what workers have read. */
const PROGRESS_AGE_MS = 5_000;

/** What a scrape reads of a job. */
export interface JobLook {
  readonly apiName: string;
  readonly progress: Progress;
  readonly workers: readonly WorkerRecord[];
  readonly queue: { readonly queued: number; readonly leased: number };
}

/** Reads what changes in a job: a few rows, however large the job is. For a job that is over, counts are exact. */
export async function lookAtJob(backend: Backend, job: Job): Promise<JobLook> {
  const { jobId, apiName } = job.spec;
  const over = isTerminal(job.status);
  const [progress, workers, queue] = await Promise.all([
    backend.ledger.batches.progress(jobId, { maxAgeMs: over ? 0 : PROGRESS_AGE_MS }),
    backend.ledger.workers.list(jobId),
    over ? { queued: 0, leased: 0 } : backend.queue.counts(jobId),
  ]);
  return { apiName, progress, workers, queue };
}
