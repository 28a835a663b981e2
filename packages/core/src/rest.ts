import type { JobStatus, StatusReason } from "./job-status.ts";
import type { LogRecord } from "./logs/log-record.ts";
import type { Phase } from "./worker-report.ts";
import type { WorkerStatus } from "./worker-status.ts";

/** What the REST API sends; snake_case as users see it. Times are RFC 3339 in UTC. */

/** Answer to a submission, and the part of a status that repeats it. */
export interface JobView {
  readonly job_id: string;
  readonly api_name: string;
  readonly kind: "BatchAPI";
  readonly api_id: string;
  readonly workers: number;
  readonly batch_size: number | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly timeout: number | null;
  readonly max_attempts: number;
  readonly on_failure: "isolate" | "fail_batch";
  readonly max_failed_items: number | null;
  readonly batch_timeout: number;
  readonly eager_start: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly sqs_url: string | null;
  readonly sqs_dead_letter_queue: { readonly arn: string; readonly max_receive_count: number } | null;
  /** Who is told of the job's statuses; its secret is never shown. */
  readonly webhook: { readonly url: string; readonly events: readonly JobStatus[] } | null;
  /** The job whose failed items this one runs again. */
  readonly parent_job_id: string | null;
  readonly created_time: string;
}

/** How the telling of one event to a webhook stands. */
export interface WebhookDeliveryView {
  readonly event: JobStatus;
  readonly state: "pending" | "delivered" | "failed";
  readonly attempts: number;
  readonly last_time: string | null;
  /** null unless it is pending. */
  readonly next_time: string | null;
  /** HTTP status of the last answer. */
  readonly answer_status: number | null;
  readonly error: string | null;
}

/** One worker in a status. */
export interface WorkerView {
  readonly worker: number;
  readonly status: WorkerStatus;
  readonly reason: string | null;
  readonly succeeded_items: number;
  readonly failed_items: number;
  readonly restarts: number;
  readonly start_time: string | null;
  readonly heartbeat_time: string | null;
  readonly peak_memory_bytes: number | null;
  /** Batch that it predicted when it last reported. */
  readonly batch: string | null;
  /** Tries of batches that failed. */
  readonly failed_attempts: number;
  /** GPUs that it was given, as the machine names them; null where that is not known. */
  readonly gpus: readonly string[] | null;
  /** null until it has reported. */
  readonly time: TimeView | null;
}

/** Seconds that went into each phase. Of a worker they add up to its life; of a job to those of its workers. */
export type TimeView = Readonly<Record<Phase, number>>;

/** Items finished over time. */
export interface ThroughputView {
  /** Where the first interval begins. */
  readonly start_time: string;
  readonly interval_seconds: number;
  /** Items finished in each interval; the last one may be under way. */
  readonly items: readonly number[];
}

/** How long a job will still take. */
export interface RemainingView {
  readonly seconds: number;
  /** If it goes on as fast as in its best recent moments. */
  readonly low_seconds: number;
  /** If it goes on as slowly as in its worst recent moments; null: there is no telling. */
  readonly high_seconds: number | null;
}

export interface ItemCounts {
  /** null until everything is enqueued. */
  readonly total: number | null;
  readonly succeeded: number;
  readonly failed: number;
}

export interface JobMetrics {
  /** Batches, as Cortex counts; a batch that was split counts as its parts. */
  readonly succeeded: number;
  readonly failed: number;
  /** Seconds in `predict`, mean over finished batches. */
  readonly avg_time_per_batch: number | null;
  readonly items: ItemCounts;
}

export interface JobStatusView extends JobView {
  readonly status: JobStatus;
  readonly status_reason: StatusReason | null;
  readonly total_batch_count: number | null;
  readonly batches_in_queue: number;
  readonly worker_counts: Readonly<Partial<Record<WorkerStatus, number>>>;
  readonly worker_states: readonly WorkerView[];
  readonly start_time: string | null;
  readonly end_time: string | null;
  /** Where the ordered output is, once the job is over. */
  readonly output: { readonly manifest: string; readonly parts: readonly string[] } | null;
  /** What the webhook was told, oldest first. */
  readonly webhook_deliveries: readonly WebhookDeliveryView[];
  /** Of all workers together; null until one has reported. */
  readonly time: TimeView | null;
  /** What would make the job faster, or why nothing would, in one sentence; null until there is something to say. */
  readonly advice: string | null;
  /** null until something is finished. */
  readonly throughput: ThroughputView | null;
  /** null for a job that is over, and until its pace is known. */
  readonly remaining: RemainingView | null;
}

/** `GET /<endpoint>/<id>` */
export interface JobStatusResponse {
  readonly job_status: JobStatusView;
  readonly metrics: JobMetrics;
  readonly api_spec: Readonly<Record<string, unknown>>;
  /** Full URL of the API's endpoint. */
  readonly endpoint: string;
}

/** One row of `GET /jobs`. */
export interface JobSummary {
  readonly job_id: string;
  readonly api_name: string;
  readonly api_id: string;
  readonly endpoint: string;
  readonly status: JobStatus;
  readonly status_reason: StatusReason | null;
  readonly workers: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly parent_job_id: string | null;
  readonly items: ItemCounts;
  readonly created_time: string;
  readonly start_time: string | null;
  readonly end_time: string | null;
}

/** `GET /jobs?api=&status=&label=key:value&limit=&cursor=` */
export interface JobListResponse {
  readonly jobs: readonly JobSummary[];
  /** Pass it as `cursor` for the next, older page; null on the last. */
  readonly cursor: string | null;
}

/** One API in `GET /apis`. */
export interface ApiView {
  readonly name: string;
  readonly kind: "BatchAPI";
  readonly api_id: string;
  /** Full URL. */
  readonly endpoint: string;
  readonly predictor_type: "python" | "typescript";
  readonly created_time: string;
  readonly active_jobs: number;
}

export interface ApiListResponse {
  readonly apis: readonly ApiView[];
}

/** `GET /apis/<name>` */
export interface ApiResponse extends ApiView {
  readonly api_spec: Readonly<Record<string, unknown>>;
  /** Newest first, at most 10. */
  readonly recent_jobs: readonly JobSummary[];
}

/** `PUT /apis/<name>` */
export interface DeployResponse {
  readonly api: ApiView;
  /** False when the very same version was current already. */
  readonly changed: boolean;
  readonly message: string;
}

/** One line of a deploy's answer with `Accept: application/x-ndjson`; the last is `deployed` or `error`. */
export type DeployEvent =
  | { readonly type: "output"; readonly text: string }
  | ({ readonly type: "deployed" } & DeployResponse)
  | { readonly type: "error"; readonly problem: Problem };

/** One line of `GET /<endpoint>/<id>/logs`, and the data of one server-sent event with `?follow=true`. */
export interface LogLineView extends LogRecord {
  readonly api: string;
  readonly job_id: string;
}

/** Data of the server-sent event `positions`, which comes first with `?follow=true&tail=n`: what the lines come after. */
export interface LogPositionsView {
  /** As ids of events, one of each worker. */
  readonly positions: readonly string[];
}

/** Data of the server-sent event `progress` of `GET /<endpoint>/<id>/events`; after a terminal status comes the event `end` with the same data. */
export interface JobEvent {
  readonly job_id: string;
  readonly status: JobStatus;
  readonly status_reason: StatusReason | null;
  readonly metrics: JobMetrics;
  readonly worker_counts: Readonly<Partial<Record<WorkerStatus, number>>>;
  readonly remaining: RemainingView | null;
}

/** Data of the server-sent event `workers`, which `GET /<endpoint>/<id>/events?workers=true` sends besides. */
export interface WorkersEvent {
  readonly job_id: string;
  /** Those that are new or changed since the event before; all of them in the first. */
  readonly workers: readonly WorkerView[];
  readonly time: TimeView | null;
  readonly advice: string | null;
  readonly throughput: ThroughputView | null;
}

/** Data of the server-sent event `jobs` of `GET /jobs/events`: jobs that are new or changed. */
export interface JobsEvent {
  readonly jobs: readonly JobSummary[];
}

/** `POST /session/links` */
export interface SignInLinkView {
  /** Signs in the browser that opens it, once. */
  readonly url: string;
  readonly expires_time: string;
}

export interface MessageResponse {
  readonly message: string;
}

/** Every error: `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Stable; one of the platform's error codes. */
  readonly code: string;
  /** Path of the offending field, such as `file_path_lister.batch_size`. */
  readonly field?: string;
  readonly request_id: string;
  /** More facts, by code; a wrong configuration lists all its errors here. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** `<home>/service.json`: how the CLI finds the local service. */
export interface ServiceFile {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
}
