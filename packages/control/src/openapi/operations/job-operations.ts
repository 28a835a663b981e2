import {
  FailureGroupsResponseSchema,
  FailureViewSchema,
  JobEventSchema,
  JobIdSchema,
  JobListResponseSchema,
  JobStatusResponseSchema,
  JobStatusSchema,
  JobsEventSchema,
  JobViewSchema,
  LogLineViewSchema,
  LogPositionsViewSchema,
  MessageResponseSchema,
  ResultRowSchema,
  SubmissionSchema,
  WorkersEventSchema,
} from "@millrace/core/schemas";
import { z } from "zod";
import { JOB_ID, LABEL } from "../../http/name-patterns.ts";
import { QUERY_RANGES, QUERY_TIME } from "../../http/query-ranges.ts";
import { events, json, ndjson, text } from "../contents.ts";
import { LINKS_OF_JOB } from "../links.ts";
import { answers, type Operation } from "../operation.ts";
import { RESULT_ROWS, SUBMISSIONS } from "./examples.ts";
import { endpoint, id, idempotencyKey, jobID, name } from "./parameters.ts";

/** As `parseLogPositions` takes them; none at all is the beginning. */
const LOG_POSITION = "(?:s|[0-9]{1,9}):[A-Za-z0-9._-]{1,1000}";
const LOG_POSITIONS = new RegExp(`^(?:${LOG_POSITION}(?: *, *${LOG_POSITION})*)?$`);

const dryRun = z.boolean().optional().meta({
  description: "Only say what the job would read, and skip: lines that begin with `skipped`.",
});
const ofEndpoint = z.object({ endpoint });
const ofJob = z.object({ endpoint, id });
const byQuery = z.object({ jobID });
const header = z.object({ "Idempotency-Key": idempotencyKey });
const created = {
  "201": { description: "The new job", content: json(JobViewSchema), links: LINKS_OF_JOB },
};

const jobFilter = {
  api: name.optional(),
  status: z
    .array(JobStatusSchema)
    .optional()
    .meta({ description: "One of them; may also be given once, with commas." }),
  label: z
    .array(z.string().regex(LABEL).meta({ example: "team:vision" }))
    .optional()
    .meta({ description: "`key:value`; all must match; may also be given once, with commas." }),
  search: z
    .string()
    .optional()
    .meta({ description: "Part of the job's id, its API's name, or a label's key or value." }),
};

const logQuery = z.object({
  follow: z.boolean().optional().meta({ description: "Go on as lines come, until the job is over." }),
  worker: z
    .array(z.int().min(QUERY_RANGES.worker.min).max(QUERY_RANGES.worker.max))
    .optional()
    .meta({ description: "Only these workers' lines; also with commas.", example: [0, 3] }),
  since: QUERY_TIME.optional().meta({
    description: "Only lines from this time on: RFC 3339, in any zone.",
    example: "2026-01-31T12:00:00Z",
  }),
  tail: z
    .int()
    .min(QUERY_RANGES.tail.min)
    .max(QUERY_RANGES.tail.max)
    .optional()
    .meta({ description: "Only the last lines, of all workers together." }),
});
const lastEventId = z.string().regex(LOG_POSITIONS).optional().meta({
  description:
    "Goes on after these events: their ids with commas, one of each worker. A worker that is not among them begins as without it.",
  example: "s:310,0:4096",
});
const logEnd = z
  .object({ job_id: JobIdSchema, status: JobStatusSchema })
  .meta({ id: "LogEnd", description: "The job is over, and its log with it." });

/** All that the paths of an API's endpoint do, and the list of jobs. */
export const JOB_OPERATIONS: readonly Operation[] = [
  {
    id: "listJobs",
    tag: "jobs",
    method: "get",
    path: "/jobs",
    summary: "List jobs, newest first",
    query: z.object({
      ...jobFilter,
      limit: z
        .int()
        .min(QUERY_RANGES.limit.min)
        .max(QUERY_RANGES.limit.max)
        .optional()
        .meta({ "x-default": "100" }),
      cursor: z.string().regex(JOB_ID).optional().meta({ description: "The `cursor` of the page before." }),
    }),
    responses: answers(json(JobListResponseSchema)),
  },
  {
    id: "getJobsEvents",
    tag: "jobs",
    method: "get",
    path: "/jobs/events",
    summary: "Server-sent events `jobs`: jobs that are new or changed, whatever their status",
    query: z.object(jobFilter),
    responses: answers(events({ jobs: JobsEventSchema })),
  },
  {
    id: "submitJob",
    tag: "jobs",
    method: "post",
    path: "/{endpoint}",
    summary: "Submit a job",
    params: ofEndpoint,
    query: z.object({ dryRun }),
    header,
    requestBody: json(SubmissionSchema, SUBMISSIONS),
    responses: {
      ...created,
      ...answers(
        { ...json(JobViewSchema), ...text("s3://bucket/images/1.jpg\nvalidations passed\n") },
        [404, 409, 413, 415, 422],
      ),
    },
  },
  {
    id: "getJobByQuery",
    tag: "jobs",
    method: "get",
    path: "/{endpoint}",
    summary: "Status of a job, as Cortex asks for it",
    params: ofEndpoint,
    query: byQuery,
    responses: answers(json(JobStatusResponseSchema), [404]),
  },
  {
    id: "stopJobByQuery",
    tag: "jobs",
    method: "delete",
    path: "/{endpoint}",
    summary: "Stop a job, as Cortex asks for it",
    params: ofEndpoint,
    query: byQuery,
    responses: answers(json(MessageResponseSchema), [404, 409]),
  },
  {
    id: "getJob",
    tag: "jobs",
    method: "get",
    path: "/{endpoint}/{id}",
    summary: "Status of a job",
    params: ofJob,
    responses: answers(json(JobStatusResponseSchema), [404]),
  },
  {
    id: "stopJob",
    tag: "jobs",
    method: "delete",
    path: "/{endpoint}/{id}",
    summary: "Stop a job",
    params: ofJob,
    responses: answers(json(MessageResponseSchema), [404, 409]),
  },
  {
    id: "getJobResults",
    tag: "jobs",
    method: "get",
    path: "/{endpoint}/{id}/results",
    summary: "Result rows in input order; of a running job, those that are there",
    params: ofJob,
    responses: answers(ndjson(ResultRowSchema, RESULT_ROWS), [404]),
  },
  {
    id: "getJobFailures",
    tag: "jobs",
    method: "get",
    path: "/{endpoint}/{id}/failures",
    summary: "Failed items, with their errors, attempts and payloads",
    params: ofJob,
    responses: answers(ndjson(FailureViewSchema), [404]),
  },
  {
    id: "getFailureGroups",
    tag: "jobs",
    method: "get",
    path: "/{endpoint}/{id}/failures/groups",
    summary: "Failed items by what went wrong, with an example of each",
    params: ofJob,
    responses: answers(json(FailureGroupsResponseSchema), [404]),
  },
  {
    id: "getJobLogs",
    tag: "jobs",
    method: "get",
    path: "/{endpoint}/{id}/logs",
    summary: "Log lines; with follow, server-sent events `log`, then `end`; with tail, `positions` first",
    params: ofJob,
    query: logQuery,
    header: z.object({ "Last-Event-ID": lastEventId }),
    responses: answers(
      {
        ...ndjson(LogLineViewSchema),
        ...events({ positions: LogPositionsViewSchema, log: LogLineViewSchema, end: logEnd }),
      },
      [404],
    ),
  },
  {
    id: "getJobEvents",
    tag: "jobs",
    method: "get",
    path: "/{endpoint}/{id}/events",
    summary: "Server-sent events `progress`, then `end`; with workers also `workers`",
    params: ofJob,
    query: z.object({ workers: z.boolean().optional() }),
    responses: answers(
      events({ progress: JobEventSchema, workers: WorkersEventSchema, end: JobEventSchema }),
      [404],
    ),
  },
  {
    id: "retryJob",
    tag: "jobs",
    method: "post",
    path: "/{endpoint}/{id}/retry",
    summary: "New job over the items without an output",
    params: ofJob,
    header,
    responses: { ...created, ...answers(json(JobViewSchema), [404, 409]) },
  },
];
