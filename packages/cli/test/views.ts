import type { ApiView, JobEvent, JobStatus, JobStatusResponse, JobSummary, JobView } from "@millrace/core";
import { TIME } from "./harness.ts";

/** What a service would answer, by its types, so that the tests notice when the contract changes. */
export const API: ApiView = {
  name: "sum",
  kind: "BatchAPI",
  api_id: "0123456789abcdef",
  endpoint: "http://127.0.0.1:1/text/sum",
  predictor_type: "python",
  created_time: TIME,
  active_jobs: 1,
};

export const JOB: JobView = {
  job_id: "J1",
  api_name: "sum",
  kind: "BatchAPI",
  api_id: API.api_id,
  workers: 2,
  batch_size: 10,
  config: {},
  timeout: null,
  max_attempts: 3,
  on_failure: "isolate",
  max_failed_items: null,
  batch_timeout: 600,
  eager_start: false,
  labels: { team: "a" },
  sqs_url: null,
  sqs_dead_letter_queue: null,
  webhook: null,
  parent_job_id: null,
  created_time: TIME,
};

export function summary(status: JobStatus): JobSummary {
  return {
    job_id: "J1",
    api_name: "sum",
    api_id: API.api_id,
    endpoint: "sum",
    status,
    status_reason: null,
    workers: 2,
    labels: {},
    parent_job_id: null,
    items: { total: 12_345, succeeded: 12_000, failed: 5 },
    created_time: TIME,
    start_time: TIME,
    end_time: null,
  };
}

export function event(status: JobStatus, items: JobEvent["metrics"]["items"]): JobEvent {
  return {
    job_id: "J1",
    status,
    status_reason: null,
    metrics: { succeeded: 1, failed: 0, avg_time_per_batch: 0.5, items },
    worker_counts: { running: 2 },
    remaining: null,
  };
}

export function jobStatus(status: JobStatus, failed = 0): JobStatusResponse {
  return {
    job_status: {
      ...JOB,
      status,
      status_reason:
        status === "worker_error" ? { code: "predictor_init_failed", message: "no model" } : null,
      total_batch_count: 10,
      batches_in_queue: 0,
      worker_counts: { succeeded: 1 },
      worker_states: [
        {
          worker: 0,
          status: "succeeded",
          reason: null,
          succeeded_items: 100 - failed,
          failed_items: failed,
          restarts: 0,
          start_time: TIME,
          heartbeat_time: TIME,
          peak_memory_bytes: 1_572_864,
          batch: null,
          failed_attempts: 0,
          gpus: null,
          time: null,
        },
      ],
      waiting_for: null,
      start_time: TIME,
      end_time: "2026-11-23T12:00:10.000Z",
      output: null,
      webhook_deliveries: [],
      time: null,
      advice: null,
      throughput: null,
      remaining: null,
      call_limits: { gpu_batch_items: null, calls_at_once: null, retry_later: 0 },
    },
    metrics: {
      succeeded: 10,
      failed: 0,
      avg_time_per_batch: 0.25,
      items: { total: 100, succeeded: 100 - failed, failed },
    },
    api_spec: {},
    endpoint: API.endpoint,
  };
}
