import { z } from "zod";
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
  workers: z.int().min(0).meta({ description: "Workers asked for.", example: 2 }),
  batch_size: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: "Items in a batch; null for a retry.", example: 64 }),
  config: z.record(z.string(), z.unknown()).meta({
    description: "The API's config with the submission's merged over it.",
    example: { threshold: 0.7 },
  }),
  timeout: z.int().min(0).nullable().meta({ description: "Seconds for the whole job.", example: 3600 }),
  max_attempts: z.int().min(0).meta({ description: "Tries of a batch.", example: 3 }),
  on_failure: z.enum(["isolate", "fail_batch"]).meta({ description: "What happens to a batch that failed." }),
  max_failed_items: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: "The job ends early past this many failed items.", example: null }),
  batch_timeout: z.int().min(0).meta({ description: "Seconds for one call of `predict`.", example: 600 }),
  eager_start: z.boolean().meta({ description: "Workers start while enqueuing." }),
  labels: LabelsSchema,
  sqs_url: z.string().nullable().meta({ description: "The job's queue (aws).", example: null }),
  sqs_dead_letter_queue: z
    .object({ arn: z.string(), max_receive_count: z.int().min(0) })
    .nullable()
    .meta({ description: "Where batches go that fail (aws).", example: null }),
  webhook: z
    .object({ url: z.string(), events: z.array(JobStatusSchema) })
    .nullable()
    .meta({ description: "Who is told of the job's statuses; its secret is never shown.", example: null }),
  parent_job_id: JobIdSchema.nullable().meta({
    description: "The job whose failed items this one runs again.",
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
    waiting: seconds("No process yet, for want of a place or after one that died.", 0.4),
    starting: seconds("Installing, loading and constructing the predictor.", 3.1),
    loading: seconds("The predictor waited for the next batch to be read.", 0.6),
    predicting: seconds("The predictor held a batch.", 118.2),
    writing: seconds("The predictor waited for results to be written.", 0.2),
    idle: seconds("There was no batch to be had.", 2.5),
  })
  .meta({ id: "Time", description: "Seconds that went into each phase." });

/** Items finished over time. */
export const ThroughputViewSchema = z
  .object({
    start_time: TimeSchema,
    interval_seconds: z.number().meta({ example: 4 }),
    items: z.array(z.int().min(0)).meta({
      description: "Items finished in each interval; the last one may be under way.",
      example: [0, 812, 1003, 990],
    }),
  })
  .meta({ id: "Throughput", description: "Items finished over time." });

/** How long a job will still take. */
export const RemainingViewSchema = z
  .object({
    seconds: seconds("At its recent pace.", 840),
    low_seconds: seconds("At the pace of its best recent moments.", 790),
    high_seconds: z
      .number()
      .min(0)
      .nullable()
      .meta({ description: "At the pace of its worst recent moments; null: no telling.", example: 910 }),
  })
  .meta({ id: "Remaining", description: "How long the job will still take." });

const webhookDelivery = z
  .object({
    event: JobStatusSchema,
    state: z.enum(["pending", "delivered", "failed"]),
    attempts: z.int().min(0).meta({ example: 1 }),
    last_time: TimeSchema.nullable(),
    next_time: TimeSchema.nullable().meta({ description: "null unless it is pending." }),
    answer_status: z.int().nullable().meta({ description: "HTTP status of the last answer.", example: 200 }),
    error: z.string().nullable().meta({ description: "What went wrong at the last try.", example: null }),
  })
  .meta({ id: "WebhookDelivery", description: "How the telling of one event stands." });

/** One worker in a job's status. */
export const WorkerViewSchema = z
  .object({
    worker: z.int().min(0).meta({ description: "Number, from 0.", example: 0 }),
    status: WorkerStatusSchema,
    reason: z.string().nullable().meta({ description: "Why, such as `oom`.", example: null }),
    succeeded_items: z.int().min(0).meta({ example: 750 }),
    failed_items: z.int().min(0).meta({ example: 0 }),
    restarts: z.int().min(0).meta({ description: "Times it was started again.", example: 0 }),
    start_time: TimeSchema.nullable(),
    heartbeat_time: TimeSchema.nullable(),
    peak_memory_bytes: z.int().min(0).nullable().meta({ example: 104_857_600 }),
    batch: z
      .string()
      .nullable()
      .meta({ description: "Batch that it predicted when it last reported.", example: "000000001280-64" }),
    failed_attempts: z.int().min(0).meta({ description: "Tries of batches that failed.", example: 0 }),
    gpus: z
      .array(z.string())
      .nullable()
      .meta({ description: "As the machine names them; null where that is not known.", example: ["0"] }),
    time: TimeViewSchema.nullable(),
  })
  .meta({ id: "Worker", description: "One worker of a job." });

/** How far a job is. */
export const JobMetricsSchema = z
  .object({
    succeeded: z
      .int()
      .min(0)
      .meta({ description: "Batches; one that was split counts as its parts.", example: 23 }),
    failed: z.int().min(0).meta({ description: "Batches.", example: 1 }),
    avg_time_per_batch: z
      .number()
      .nullable()
      .meta({ description: "Seconds in `predict`, mean over batches that succeeded.", example: 0.41 }),
    items: ItemCountsSchema,
  })
  .meta({ id: "JobMetrics", description: "How far the job is." });

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
      description: "What keeps the job from moving, in one sentence; null where it moves, or nobody knows.",
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
      .meta({ description: "What the webhook was told, oldest first.", example: [] }),
    time: TimeViewSchema.nullable().meta({ description: "Of all workers; null until one has reported." }),
    advice: z.string().nullable().meta({
      description:
        "What would make the job faster, or why nothing would, in one sentence; null until there is something to say.",
      example: "97 % of the time went into predict: more workers would make the job faster",
    }),
    throughput: ThroughputViewSchema.nullable().meta({ description: "null until something is finished." }),
    remaining: RemainingViewSchema.nullable().meta({
      description: "null for a job that is over, and until its pace is known.",
    }),
  })
  .meta({ id: "JobWithStatus", description: "A job and how it stands." });

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
      description: "Pass it as `cursor` for the next, older page; null on the last.",
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
    workers: z
      .array(WorkerViewSchema)
      .meta({ description: "New or changed since the event before; all in the first." }),
    time: TimeViewSchema.nullable(),
    advice: z.string().nullable(),
    throughput: ThroughputViewSchema.nullable(),
  })
  .meta({ id: "WorkersEvent", description: "A job's workers, and where their time went." });

/** Data of the server-sent event `jobs`. */
export const JobsEventSchema = z
  .object({ jobs: z.array(JobSummarySchema) })
  .meta({ id: "JobsEvent", description: "Jobs that are new or changed." });
