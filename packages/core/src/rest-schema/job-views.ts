import { z } from "zod";
import { CallLimitsViewSchema } from "./call-limits.ts";
import {
  ApiIdSchema,
  ApiSpecSchema,
  ItemCountsSchema,
  JobIdSchema,
  JobStatusSchema,
  LabelsSchema,
  StatusReasonSchema,
  TimeSchema,
  WorkerCountsSchema,
  WorkerStatusSchema,
} from "./common.ts";

const jobView = z.object({
  job_id: JobIdSchema,
  api_name: z.string().meta({ description: "Name of the API.", example: "image-classifier" }),
  kind: z.literal("BatchAPI"),
  api_id: ApiIdSchema,
  workers: z.int().min(0).meta({ description: "Requested number of workers.", example: 2 }),
  batch_size: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: "Items in a batch; null for a retry.", example: 64 }),
  config: z.record(z.string(), z.unknown()).meta({
    description: "The API's config with the submission's merged over it.",
    example: { threshold: 0.7 },
  }),
  timeout: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: "Time limit for the whole job, in seconds.", example: 3600 }),
  max_attempts: z.int().min(0).meta({ description: "How often a batch is tried.", example: 3 }),
  on_failure: z
    .enum(["isolate", "fail_batch"])
    .meta({ description: "What happens to a batch that failed `max_attempts` times." }),
  max_failed_items: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: "The job ends early if more items than this fail.", example: null }),
  batch_timeout: z
    .int()
    .min(0)
    .meta({ description: "Time limit for one call of `predict`, in seconds.", example: 600 }),
  eager_start: z
    .boolean()
    .meta({ description: "Whether workers start while the dataset is still being split." }),
  labels: LabelsSchema,
  sqs_url: z.string().nullable().meta({ description: "The job's queue (aws).", example: null }),
  sqs_dead_letter_queue: z
    .object({ arn: z.string(), max_receive_count: z.int().min(0) })
    .nullable()
    .meta({ description: "Queue that gets the batches that fail (aws).", example: null }),
  webhook: z
    .object({ url: z.string(), events: z.array(JobStatusSchema) })
    .nullable()
    .meta({
      description: "Where the job's statuses are sent; the secret is not shown.",
      example: null,
    }),
  parent_job_id: JobIdSchema.nullable().meta({
    description: "The job whose failed items this one retries.",
    example: null,
  }),
  created_time: TimeSchema,
});

/** Response to a submission. */
export const JobViewSchema = jobView.meta({ id: "Job", description: "A job as it was submitted." });

const seconds = (description: string, example: number) => z.number().min(0).meta({ description, example });

/** Where the time went. */
export const TimeViewSchema = z
  .object({
    waiting: seconds("There was no process: it was waiting for resources, or it had died.", 0.4),
    starting: seconds("Installing, loading and constructing the predictor.", 3.1),
    loading: seconds("The predictor waited for the next batch to be read.", 0.6),
    preprocessing: seconds("`predict` waited for the next batch to be preprocessed.", 0),
    predicting: seconds("The predictor was working on a batch.", 118.2),
    postprocessing: seconds("`predict` had nothing to do while `postprocess` worked on a batch.", 0),
    writing: seconds("The predictor waited for results to be written.", 0.2),
    idle: seconds("No batch was available.", 2.5),
  })
  .meta({ id: "Time", description: "Seconds spent in each phase." });

/** Items finished over time. */
export const ThroughputViewSchema = z
  .object({
    start_time: TimeSchema,
    interval_seconds: z.number().meta({ example: 4 }),
    items: z.array(z.int().min(0)).meta({
      description: "Items finished in each interval; the last interval may not be over yet.",
      example: [0, 812, 1003, 990],
    }),
  })
  .meta({ id: "Throughput", description: "Items finished over time." });

/** How long a job will still take. */
export const RemainingViewSchema = z
  .object({
    seconds: seconds("At the recent pace.", 840),
    low_seconds: seconds("At the pace of the best recent moments.", 790),
    high_seconds: z
      .number()
      .min(0)
      .nullable()
      .meta({ description: "At the pace of the worst recent moments; null: unknown.", example: 910 }),
  })
  .meta({ id: "Remaining", description: "How long the job will still take." });

const webhookDelivery = z
  .object({
    event: JobStatusSchema,
    state: z.enum(["pending", "delivered", "failed"]),
    attempts: z.int().min(0).meta({ example: 1 }),
    last_time: TimeSchema.nullable(),
    next_time: TimeSchema.nullable().meta({
      description: "Time of the next try; null unless the delivery is pending.",
    }),
    answer_status: z
      .int()
      .nullable()
      .meta({ description: "HTTP status of the last response.", example: 200 }),
    error: z.string().nullable().meta({ description: "What went wrong in the last try.", example: null }),
  })
  .meta({ id: "WebhookDelivery", description: "State of the delivery of one event." });

/** One worker in a job's status. */
export const WorkerViewSchema = z
  .object({
    worker: z.int().min(0).meta({ description: "Number of the worker, from 0.", example: 0 }),
    status: WorkerStatusSchema,
    reason: z
      .string()
      .nullable()
      .meta({ description: "Reason for the status, such as `oom`.", example: null }),
    succeeded_items: z.int().min(0).meta({ example: 750 }),
    failed_items: z.int().min(0).meta({ example: 0 }),
    restarts: z.int().min(0).meta({ description: "How often it was restarted.", example: 0 }),
    start_time: TimeSchema.nullable(),
    heartbeat_time: TimeSchema.nullable(),
    peak_memory_bytes: z.int().min(0).nullable().meta({ example: 104_857_600 }),
    batch: z
      .string()
      .nullable()
      .meta({ description: "Batch it was working on when it last reported.", example: "000000001280-64" }),
    failed_attempts: z.int().min(0).meta({ description: "Failed attempts of batches.", example: 0 }),
    gpus: z
      .array(z.string())
      .nullable()
      .meta({ description: "The GPUs as the machine names them; null if unknown.", example: ["0"] }),
    time: TimeViewSchema.nullable(),
  })
  .meta({ id: "Worker", description: "One worker of a job." });

/** How far a job is. */
export const JobMetricsSchema = z
  .object({
    succeeded: z.int().min(0).meta({
      description: "Batches that succeeded; a batch that was split counts as its parts.",
      example: 23,
    }),
    failed: z.int().min(0).meta({ description: "Batches that failed.", example: 1 }),
    avg_time_per_batch: z
      .number()
      .nullable()
      .meta({ description: "Mean seconds in `predict` over batches that succeeded.", example: 0.41 }),
    items: ItemCountsSchema,
  })
  .meta({ id: "JobMetrics", description: "Progress of the job, in batches." });

/** A job with its status. */
export const JobStatusViewSchema = jobView
  .extend({
    status: JobStatusSchema,
    status_reason: StatusReasonSchema.nullable().meta({ example: null }),
    total_batch_count: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: "null until everything is enqueued.", example: 29 }),
    batches_in_queue: z
      .int()
      .min(0)
      .meta({ description: "Batches that no worker has finished.", example: 5 }),
    worker_counts: WorkerCountsSchema,
    worker_states: z.array(WorkerViewSchema),
    waiting_for: z.string().nullable().meta({
      description:
        "What the job is waiting for, in one sentence; null if it makes progress or nothing is known.",
      example: "worker 0 is pending: waiting for 1 GPU: 1 of 1 in use",
    }),
    start_time: TimeSchema.nullable(),
    end_time: TimeSchema.nullable().meta({ description: "RFC 3339, UTC.", example: null }),
    output: z
      .object({
        manifest: z.string().meta({ description: "URI of the manifest." }),
        parts: z.array(z.string()).meta({ description: "URIs of the parts, in input order." }),
      })
      .nullable()
      .meta({ description: "Where the ordered output is, once the job is over.", example: null }),
    webhook_deliveries: z
      .array(webhookDelivery)
      .meta({ description: "Deliveries to the webhook, oldest first.", example: [] }),
    time: TimeViewSchema.nullable().meta({
      description: "Sum over all workers; null until one has reported.",
    }),
    advice: z.string().nullable().meta({
      description:
        "What limits the predictor's calls, and what would make the job faster; null until enough is known.",
      example: "97 % of the time went into predict: more workers would make the job faster",
    }),
    throughput: ThroughputViewSchema.nullable().meta({ description: "null until something is finished." }),
    remaining: RemainingViewSchema.nullable().meta({
      description: "null until the pace is known, and once the job is over.",
    }),
    call_limits: CallLimitsViewSchema,
  })
  .meta({ id: "JobWithStatus", description: "A job with its status." });

/** `GET /<endpoint>/<id>` */
export const JobStatusResponseSchema = z
  .object({
    job_status: JobStatusViewSchema,
    metrics: JobMetricsSchema,
    api_spec: ApiSpecSchema,
    endpoint: z.string().meta({
      description: "Full URL of the API's endpoint.",
      example: "http://127.0.0.1:8080/image-classifier",
    }),
  })
  .meta({ id: "JobStatusResponse", description: "Status of one job." });

/** One row of `GET /jobs`. */
export const JobSummarySchema = z
  .object({
    job_id: JobIdSchema,
    api_name: z.string().meta({ example: "image-classifier" }),
    api_id: ApiIdSchema,
    endpoint: z.string().meta({ description: "The API's endpoint.", example: "image-classifier" }),
    status: JobStatusSchema,
    status_reason: StatusReasonSchema.nullable().meta({ example: null }),
    workers: z.int().min(0).meta({ example: 2 }),
    labels: LabelsSchema,
    parent_job_id: JobIdSchema.nullable().meta({
      description: "The job that this one retries.",
      example: null,
    }),
    items: ItemCountsSchema,
    created_time: TimeSchema,
    start_time: TimeSchema.nullable(),
    end_time: TimeSchema.nullable().meta({ description: "RFC 3339, UTC.", example: null }),
  })
  .meta({ id: "JobSummary", description: "One job in a list." });

/** `GET /jobs` */
export const JobListResponseSchema = z
  .object({
    jobs: z.array(JobSummarySchema).meta({ description: "Newest first." }),
    cursor: z.string().nullable().meta({
      description: "Pass this as `cursor` to get the next, older page; null on the last page.",
      example: null,
    }),
  })
  .meta({ id: "JobListResponse", description: "A page of jobs." });

/** Data of the server-sent events `progress` and `end`. */
export const JobEventSchema = z
  .object({
    job_id: JobIdSchema,
    status: JobStatusSchema,
    status_reason: StatusReasonSchema.nullable().meta({ example: null }),
    metrics: JobMetricsSchema,
    worker_counts: WorkerCountsSchema,
    remaining: RemainingViewSchema.nullable(),
  })
  .meta({ id: "JobEvent", description: "Status and progress of a job at one moment." });

/** Data of the server-sent event `workers`. */
export const WorkersEventSchema = z
  .object({
    job_id: JobIdSchema,
    workers: z.array(WorkerViewSchema).meta({
      description: "New or changed workers; the first event has all.",
    }),
    time: TimeViewSchema.nullable(),
    advice: z.string().nullable(),
    throughput: ThroughputViewSchema.nullable(),
  })
  .meta({ id: "WorkersEvent", description: "A job's workers, and where their time went." });

/** Data of the server-sent event `jobs`. */
export const JobsEventSchema = z
  .object({ jobs: z.array(JobSummarySchema) })
  .meta({ id: "JobsEvent", description: "New or changed jobs." });
