import type { Job, JobSpec, JobSummary, JobView, Progress } from "@millrace/core";
import { itemCounts } from "./metrics-view.ts";
import { timeView } from "./time-view.ts";

/** The response to a submission. */
export function jobView(spec: JobSpec): JobView {
  const { dataset, sqsDeadLetterQueue: deadLetter } = spec;
  return {
    job_id: spec.jobId,
    api_name: spec.apiName,
    kind: "BatchAPI",
    api_id: spec.apiVersion,
    workers: spec.workers,
    batch_size: dataset.kind === "retry" ? null : dataset.batchSize,
    config: spec.config,
    timeout: spec.timeoutSeconds ?? null,
    max_attempts: spec.maxAttempts,
    on_failure: spec.onFailure,
    max_failed_items: spec.maxFailedItems ?? null,
    batch_timeout: spec.batchTimeoutSeconds,
    eager_start: spec.eagerStart,
    labels: spec.labels,
    sqs_url: null,
    sqs_dead_letter_queue: deadLetter
      ? { arn: deadLetter.arn, max_receive_count: deadLetter.maxReceiveCount }
      : null,
    webhook: spec.webhook ? { url: spec.webhook.url, events: spec.webhook.events } : null,
    parent_job_id: parentOf(spec),
    created_time: timeView(spec.createdAtMs),
  };
}

/** One row of a list of jobs. */
export function jobSummary(job: Job, progress: Progress): JobSummary {
  const { spec } = job;
  return {
    job_id: spec.jobId,
    api_name: spec.apiName,
    api_id: spec.apiVersion,
    endpoint: spec.endpoint,
    status: job.status,
    status_reason: job.reason ?? null,
    workers: spec.workers,
    labels: spec.labels,
    parent_job_id: parentOf(spec),
    items: itemCounts(progress),
    created_time: timeView(spec.createdAtMs),
    start_time: timeView(job.startedAtMs),
    end_time: timeView(job.endedAtMs),
  };
}

function parentOf(spec: JobSpec): string | null {
  return spec.dataset.kind === "retry" ? spec.dataset.parentJobId : null;
}
