import {
  type Backend,
  isTerminal,
  type Job,
  type JobStatusView,
  type Progress,
  type WebhookDelivery,
} from "@millrace/core";
import { deliveryView } from "./delivery-view.ts";
import { jobView } from "./job-view.ts";
import { reportView } from "./report-view.ts";
import { timeView } from "./time-view.ts";
import { waitingFor } from "./waiting-for.ts";
import { workerCounts, workerViews } from "./worker-view.ts";

/** The complete status of a job. */
export async function jobStatusView(
  backend: Backend,
  {
    job,
    progress,
    deliveries,
  }: {
    readonly job: Job;
    readonly progress: Progress;
    readonly deliveries: readonly WebhookDelivery[];
  },
): Promise<JobStatusView> {
  const { jobId } = job.spec;
  const over = isTerminal(job.status);
  const [records, processes, counts] = await Promise.all([
    backend.ledger.workers.list(jobId),
    over ? [] : backend.pool.describe(jobId),
    // The queue of a job that is over has been or will be deleted.
    over ? { queued: 0 } : backend.queue.counts(jobId),
  ]);
  const { time, advice, throughput, remaining, call_limits } = reportView(job, { records, progress });
  const workers = workerViews(records, processes);
  const display = (uri: string) => backend.objects.display(uri);
  return {
    ...jobView(job.spec),
    status: job.status,
    status_reason: job.reason ?? null,
    total_batch_count: job.totalBatches ?? null,
    batches_in_queue: counts.queued,
    worker_counts: workerCounts(records),
    worker_states: workers,
    waiting_for: await waitingFor(backend, { job, workers }),
    start_time: timeView(job.startedAtMs),
    end_time: timeView(job.endedAtMs),
    output: job.output
      ? { manifest: display(job.output.manifestUri), parts: job.output.partUris.map(display) }
      : null,
    webhook_deliveries: deliveries.map(deliveryView),
    time,
    advice,
    throughput,
    remaining,
    call_limits,
  };
}
