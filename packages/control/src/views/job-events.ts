import type { Job, JobEvent, Progress, WorkerRecord, WorkersEvent, WorkerView } from "@millrace/core";
import { metricsView } from "./metrics-view.ts";
import { reportView } from "./report-view.ts";
import { workerCounts } from "./worker-view.ts";

/** The known state of a job at one moment. */
export interface JobFacts {
  readonly job: Job;
  readonly progress: Progress;
  readonly records: readonly WorkerRecord[];
}

/** The job's data for its event stream. */
export function jobEvent({ job, progress, records }: JobFacts): JobEvent {
  return {
    job_id: job.spec.jobId,
    status: job.status,
    status_reason: job.reason ?? null,
    metrics: metricsView(progress),
    worker_counts: workerCounts(records),
    remaining: reportView(job, { records, progress }).remaining,
  };
}

/** The data about the job's workers for its event stream. */
export function workersEvent(
  { job, progress, records }: JobFacts,
  workers: readonly WorkerView[],
): WorkersEvent {
  const { time, advice, throughput } = reportView(job, { records, progress });
  return { job_id: job.spec.jobId, workers, time, advice, throughput };
}
