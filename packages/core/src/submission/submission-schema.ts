import { z } from "zod";
import { API_LIMITS } from "../config/api-schema.ts";
import { got } from "../config/field-error.ts";
import { SubmissionOutputSchema } from "../config/output-schema.ts";
import { WebhookSchema } from "../config/webhook-schema.ts";
import { PATH_PATTERN, pathProblem } from "./dataset-path.ts";
import { READING_CONFLICTS, READING_FIELDS, readingConflicts } from "./reading-schema.ts";

/** Bounds of a submission; the schema and its messages use them. */
export const SUBMISSION_LIMITS = Object.freeze({
  workers: 10_000,
  batchSize: 1_000_000,
  timeoutSeconds: 365 * 24 * 3_600,
  maxReceiveCount: 1_000,
  paths: 100_000,
  labels: 64,
  labelKeyCharacters: 63,
  labelValueCharacters: 255,
  globCharacters: 4_096,
});

const LABEL_KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,62})$/;
const QUEUE_ARN = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}(?:\.fifo)?$/;

const batchSize = z.int().min(1).max(SUBMISSION_LIMITS.batchSize).meta({
  description: "Items in one call of `predict`; the last batch may have fewer.",
  example: 64,
});

const path = z
  .string()
  .superRefine((value, context) => {
    const problem = pathProblem(value);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  })
  .meta({ pattern: PATH_PATTERN });

const globs = z.array(z.string().min(1).max(SUBMISSION_LIMITS.globCharacters)).default([]);

/** Option of a file dataset; absent in a job's spec if it is the default. */
const flag = (description: string) => z.boolean().default(false).meta({ description });

const filter = {
  s3_paths: z
    .array(path)
    .min(1)
    .meta({
      description:
        "Prefixes: `s3://` or `file://` URIs, or absolute local paths. Every file whose path starts with one of them is included.",
      example: ["s3://bucket/images/"],
    }),
  includes: globs.meta({
    description:
      "Globs that match the full path. A file must match one of them. `*` does not match `/`, `**` does.",
    example: ["**.jpg"],
    "x-default": "everything",
  }),
  excludes: globs.meta({
    description:
      "Globs that match the full path. A file that matches one of them is left out, even if it matches `includes`.",
    example: ["**/thumbnails/**"],
    "x-default": "nothing",
  }),
  include_hidden: flag(
    "Include hidden files (files and directories below the prefix whose names start with `.` or `_`) and the manifests of job outputs.",
  ),
  skip_unreadable: flag(
    "Skip what cannot be listed or opened, such as broken links, instead of refusing the dataset. The log counts and names the skipped entries.",
  ),
  allow_empty: flag("Accept a dataset without items: the job ends `succeeded` with 0 items."),
  batch_size: batchSize,
};

const itemList = z
  .strictObject({
    items: z
      .array(z.unknown())
      .min(1)
      .meta({
        description: "The items: any JSON values.",
        example: ["https://example.com/1.jpg", "https://example.com/2.jpg"],
      }),
    batch_size: batchSize,
  })
  .meta({ id: "ItemList", description: "The items themselves." });

const filePathLister = z
  .strictObject(filter)
  .meta({ id: "FilePathLister", description: "The paths of files are the items." });

const delimitedFiles = z
  .strictObject({ ...filter, ...READING_FIELDS })
  .superRefine((files, context) => {
    for (const { field, message } of readingConflicts(files))
      context.addIssue({ code: "custom", path: [field], message });
  })
  .meta({
    id: "DelimitedFiles",
    description:
      "The contents of files are the items: JSON values, CSV records, lines of text, Parquet rows or samples in tar archives. Files may be compressed.",
    not: READING_CONFLICTS,
  });

const labels = z
  .record(
    z.string().regex(LABEL_KEY, {
      error: ({ input }) =>
        `is not a name for a label, expected up to ${SUBMISSION_LIMITS.labelKeyCharacters} letters, digits, ".", "_", "/" and "-", starting with a letter or digit (got ${got(input)})`,
    }),
    z.string().max(SUBMISSION_LIMITS.labelValueCharacters),
  )
  .refine((value) => Object.keys(value).length <= SUBMISSION_LIMITS.labels, {
    error: ({ input }) =>
      `must have at most ${SUBMISSION_LIMITS.labels} entries (got ${Object.keys(input as object).length})`,
  })
  .default({});

const deadLetterQueue = z
  .strictObject({
    arn: z
      .string()
      .regex(QUEUE_ARN, { error: ({ input }) => `must be the ARN of an SQS queue (got ${got(input)})` })
      .meta({ description: "The queue.", example: "arn:aws:sqs:us-west-2:123456789012:failed-batches" }),
    max_receive_count: z.int().min(1).max(SUBMISSION_LIMITS.maxReceiveCount).meta({
      description: "Attempts of a batch before it is sent there, if `max_attempts` is not given.",
      example: 3,
    }),
  })
  .meta({ id: "SqsDeadLetterQueue", description: "Queue for batches that fail (aws)." });

/** Body of `POST /<endpoint>`; exactly one of the three datasets is required, which `parseSubmission` checks. */
export const SubmissionSchema = z
  .strictObject({
    workers: z.int().min(1).max(SUBMISSION_LIMITS.workers).meta({
      description: "Number of workers that run the predictor in parallel.",
      example: 2,
    }),
    item_list: itemList.optional(),
    file_path_lister: filePathLister.optional(),
    delimited_files: delimitedFiles.optional(),
    config: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({
        description: "Merged over the API's `predictor.config`, key by key.",
        example: { threshold: 0.7 },
      }),
    timeout: z.int().min(1).max(SUBMISSION_LIMITS.timeoutSeconds).optional().meta({
      description: "Time limit for the whole job in seconds, counted from its submission.",
      example: 3_600,
      "x-default": "no limit",
    }),
    max_attempts: z.int().min(1).max(API_LIMITS.attempts).optional().meta({
      description: "How often a batch is tried before it counts as failed.",
      example: 3,
      "x-default": "the API's `job_defaults`",
    }),
    on_failure: z.enum(["isolate", "fail_batch"]).optional().meta({
      description:
        "What happens to a batch that failed `max_attempts` times. `isolate`: it is split in half until the bad items are alone. `fail_batch`: all its items fail.",
      "x-default": "the API's `job_defaults`",
    }),
    max_failed_items: z.int().min(0).optional().meta({
      description: "The job ends early if more items than this fail.",
      example: 100,
      "x-default": "no limit",
    }),
    batch_timeout: z.int().min(1).max(API_LIMITS.batchTimeoutSeconds).optional().meta({
      description:
        "Time limit for one call of `predict`, in seconds. A predictor that takes longer is killed.",
      example: 600,
      "x-default": "the API's `job_defaults`",
    }),
    eager_start: z.boolean().default(false).meta({
      description: "Start the workers while the dataset is still being split into batches.",
    }),
    labels: labels.meta({
      maxProperties: SUBMISSION_LIMITS.labels,
      description: "Labels to find the job by: `GET /jobs?label=key:value`.",
      example: { team: "vision" },
    }),
    output: SubmissionOutputSchema.optional(),
    sqs_dead_letter_queue: deadLetterQueue.optional(),
    webhook: WebhookSchema.optional(),
  })
  .meta({
    id: "Submission",
    description: "A job: exactly one of `item_list`, `file_path_lister` and `delimited_files`.",
  });

export type SubmissionBody = z.output<typeof SubmissionSchema>;
