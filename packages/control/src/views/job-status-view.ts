import { type Backend, isTerminal, type Job, type JobEvent, type JobStatusView } from "@millrace/core";
import { jobView } from "./job-view.ts";
import { metricsView } from "./metrics-view.ts";
import { timeView } from "./time-view.ts";
import { withWaiting, workerCounts, workerView } from "./worker-view.ts";

/** The whole status of a job. */
export async function jobStatusView(backend: Backend, job: Job): Promise<JobStatusView> {
  const { jobId } = job.spec;
  const over = isTerminal(job.status);
  const [records, processes, counts] = await Promise.all([
    backend.ledger.workers.list(jobId),
    over ? [] : backend.pool.describe(jobId),
    // The queue of a job that is over is gone, or on its way out.
    over ? { queued: 0 } : backend.queue.counts(jobId),
  ]);
  const workers = withWaiting(records, processes);
  const display = (uri: string) => backend.objects.display(uri);
  return {
    ...jobView(job.spec),
    status: job.status,
    status_reason: job.reason ?? null,
    total_batch_count: job.totalBatches ?? null,
    batches_in_queue: counts.queued,
    worker_counts: workerCounts(workers),
    worker_states: workers.map(workerView),
    start_time: timeView(job.startedAtMs),
    end_time: timeView(job.endedAtMs),
    output: job.output
      ? { manifest: display(job.output.manifestUri), parts: job.output.partUris.map(display) }
      : null,
  };
}

/** What the event stream of a job says about it now. */
export async function jobEvent(backend: Backend, job: Job): Promise<JobEvent> {
  const { jobId } = job.spec;
  const [progress, workers] = await Promise.all([
    backend.ledger.batches.progress(jobId),
    backend.ledger.workers.list(jobId),
  ]);
  return {
    job_id: jobId,
    status: job.status,
    status_reason: job.reason ?? null,
    metrics: metricsView(progress),
    worker_counts: workerCounts(workers),
  };
}
