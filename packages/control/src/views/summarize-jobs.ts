import type { Backend, Job, JobSummary, Progress } from "@millrace/core";
import { jobSummary } from "./job-view.ts";

/** Jobs with their counts. A job whose counts cannot be read is still listed, with none. */
export async function summarize(backend: Backend, jobs: readonly Job[]): Promise<readonly JobSummary[]> {
  const summaries: JobSummary[] = [];
  for (const job of jobs) {
    const progress = await backend.ledger.batches.progress(job.spec.jobId).catch(() => nothing(job));
    summaries.push(jobSummary(job, progress));
  }
  return summaries;
}

function nothing(job: Job): Progress {
  return {
    status: job.status,
    succeededItems: 0,
    failedItems: 0,
    succeededBatches: 0,
    failedBatches: 0,
    predictMs: 0,
  };
}
