import { type Backend, forEachAtOnce, type Job, type JobSummary, type Progress } from "@millrace/core";
import { jobSummary } from "./job-view.ts";

/** Jobs with their counts. A job whose counts cannot be read is still listed, without counts. */
export async function summarize(backend: Backend, jobs: readonly Job[]): Promise<readonly JobSummary[]> {
  const summaries = new Map<Job, JobSummary>();
  await forEachAtOnce(jobs, async (job) => {
    const progress =
      job.progress ?? (await backend.ledger.batches.progress(job.spec.jobId).catch(() => nothing(job)));
    summaries.set(job, jobSummary(job, progress));
  });
  return jobs.map((job) => summaries.get(job) as JobSummary);
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
