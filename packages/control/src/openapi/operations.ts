import {
  ApiListResponseSchema,
  ApiResponseSchema,
  DeployEventSchema,
  DeployResponseSchema,
  FailureGroupsResponseSchema,
  FailureViewSchema,
  JobEventSchema,
  JobListResponseSchema,
  JobStatusResponseSchema,
  JobsEventSchema,
  JobViewSchema,
  LogLineViewSchema,
  LogPositionsViewSchema,
  MessageResponseSchema,
  ResultRowSchema,
  SubmissionSchema,
  TimeSchema,
  WorkersEventSchema,
} from "@millrace/core/schemas";
import { z } from "zod";
import { answers, json, ndjson, type Operation, text } from "./operation.ts";
import { SESSION_OPERATIONS } from "./session-operations.ts";

const name = z.string().meta({ description: "Name of the API.", example: "image-classifier" });
const endpoint = z.string().meta({ description: "The API's endpoint.", example: "image-classifier" });
const id = z.string().meta({ description: "The job.", example: "01KG5WT2D5GJ8QZ2N3V6X9Y7RA" });
const jobID = id.meta({ description: "The job, as Cortex names it." });
const dryRun = z.boolean().optional().meta({ description: "Only say what the job would read." });
const idempotencyKey = z.string().max(255).optional().meta({
  description: "The same key with the same request gives the same job.",
});
const jobFilter = {
  api: name.optional(),
  status: z.string().optional().meta({ description: "Statuses, separated by commas." }),
  label: z
    .string()
    .optional()
    .meta({ description: "`key:value`; several, separated by commas, must all match." }),
  search: z
    .string()
    .optional()
    .meta({ description: "Part of the job's id, its API's name, or a label's key or value." }),
};
const lastEventId = z.string().optional().meta({
  description:
    "Goes on after these events: their ids with commas, one of each worker. A worker that is not among them begins as without it.",
  example: "s:310,0:4096",
});
const health = z.object({ status: z.string() });
const deployed = { ...json(DeployResponseSchema), ...ndjson(DeployEventSchema) };
const job = { endpoint, id };

/** Every route, as the OpenAPI document describes it; a test compares it with the router's table. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/",
    summary: "Where to look next",
    responses: { ...answers({}), "302": { description: "A browser goes to the dashboard" } },
  },
  ...SESSION_OPERATIONS,
  {
    method: "get",
    path: "/healthz",
    summary: "The process answers",
    isPublic: true,
    responses: answers(json(health)),
  },
  {
    method: "get",
    path: "/readyz",
    summary: "The service takes requests",
    isPublic: true,
    responses: answers(json(health), [503]),
  },
  {
    method: "get",
    path: "/metrics",
    summary: "Metrics of jobs, workers, requests and the service, for Prometheus",
    responses: answers(text()),
  },
  { method: "get", path: "/openapi.json", summary: "This document", responses: answers({}) },
  {
    method: "get",
    path: "/jobs",
    summary: "List jobs, newest first",
    query: z.object({
      ...jobFilter,
      limit: z.int().min(1).max(1_000).optional().meta({ "x-default": "100" }),
      cursor: z.string().optional().meta({ description: "The `cursor` of the page before." }),
    }),
    responses: answers(json(JobListResponseSchema), [400]),
  },
  {
    method: "get",
    path: "/jobs/events",
    summary: "Server-sent events `jobs`: jobs that are new or changed, whatever their status",
    query: z.object(jobFilter),
    responses: answers({ "text/event-stream": { schema: JobsEventSchema } }, [400]),
  },
  { method: "get", path: "/apis", summary: "List APIs", responses: answers(json(ApiListResponseSchema)) },
  {
    method: "put",
    path: "/apis/{name}",
    summary: "Deploy an API: the body is the project as a .tar.gz",
    params: z.object({ name }),
    query: z.object({
      config: z
        .string()
        .optional()
        .meta({ description: "Path of the YAML file in the archive.", "x-default": "millrace.yaml" }),
    }),
    requestBody: { "application/gzip": { schema: { type: "string", format: "binary" } } },
    responses: answers(deployed, [409, 413, 422]),
  },
  {
    method: "get",
    path: "/apis/{name}",
    summary: "Inspect an API",
    params: z.object({ name }),
    responses: answers(json(ApiResponseSchema), [404]),
  },
  {
    method: "delete",
    path: "/apis/{name}",
    summary: "Delete an API",
    params: z.object({ name }),
    query: z.object({ force: z.boolean().optional().meta({ description: "Stop its jobs first." }) }),
    responses: answers(json(MessageResponseSchema), [404, 409]),
  },
  {
    method: "post",
    path: "/apis/{name}/refresh",
    summary: "Install an API's dependencies again",
    params: z.object({ name }),
    responses: answers(deployed, [404, 422]),
  },
  {
    method: "post",
    path: "/{endpoint}",
    summary: "Submit a job",
    params: z.object({ endpoint }),
    query: z.object({ dryRun }),
    header: z.object({ "Idempotency-Key": idempotencyKey }),
    requestBody: json(SubmissionSchema),
    responses: {
      "201": { description: "The new job", content: json(JobViewSchema) },
      ...answers({ ...json(JobViewSchema), ...text() }, [400, 404, 409, 413, 415, 422]),
    },
  },
  {
    method: "get",
    path: "/{endpoint}",
    summary: "Status of a job, as Cortex asks for it",
    params: z.object({ endpoint }),
    query: z.object({ jobID }),
    responses: answers(json(JobStatusResponseSchema), [400, 404]),
  },
  {
    method: "delete",
    path: "/{endpoint}",
    summary: "Stop a job, as Cortex asks for it",
    params: z.object({ endpoint }),
    query: z.object({ jobID }),
    responses: answers(json(MessageResponseSchema), [400, 404, 409]),
  },
  {
    method: "get",
    path: "/{endpoint}/{id}",
    summary: "Status of a job",
    params: z.object(job),
    responses: answers(json(JobStatusResponseSchema), [404]),
  },
  {
    method: "delete",
    path: "/{endpoint}/{id}",
    summary: "Stop a job",
    params: z.object(job),
    responses: answers(json(MessageResponseSchema), [404, 409]),
  },
  {
    method: "get",
    path: "/{endpoint}/{id}/results",
    summary: "Result rows in input order; of a running job, those that are there",
    params: z.object(job),
    responses: answers(ndjson(ResultRowSchema), [404]),
  },
  {
    method: "get",
    path: "/{endpoint}/{id}/failures",
    summary: "Failed items, with their errors, attempts and payloads",
    params: z.object(job),
    responses: answers(ndjson(FailureViewSchema), [404]),
  },
  {
    method: "get",
    path: "/{endpoint}/{id}/failures/groups",
    summary: "Failed items by what went wrong, with an example of each",
    params: z.object(job),
    responses: answers(json(FailureGroupsResponseSchema), [404]),
  },
  {
    method: "get",
    path: "/{endpoint}/{id}/logs",
    summary: "Log lines; with follow, server-sent events `log`, then `end`; with tail, `positions` first",
    params: z.object(job),
    query: z.object({
      follow: z.boolean().optional().meta({ description: "Go on as lines come, until the job is over." }),
      worker: z
        .array(z.int().min(0))
        .optional()
        .meta({ description: "Only these workers' lines; also with commas.", example: [0, 3] }),
      since: TimeSchema.optional().meta({ description: "Only lines from this time on." }),
      tail: z
        .int()
        .min(0)
        .max(100_000)
        .optional()
        .meta({ description: "Only the last lines, of all workers together." }),
    }),
    header: z.object({ "Last-Event-ID": lastEventId }),
    responses: answers(
      {
        ...ndjson(LogLineViewSchema),
        "text/event-stream": { schema: z.union([LogLineViewSchema, LogPositionsViewSchema]) },
      },
      [400, 404],
    ),
  },
  {
    method: "get",
    path: "/{endpoint}/{id}/events",
    summary: "Server-sent events `progress`, then `end`; with workers also `workers`",
    params: z.object(job),
    query: z.object({ workers: z.boolean().optional() }),
    responses: answers(
      { "text/event-stream": { schema: z.union([JobEventSchema, WorkersEventSchema]) } },
      [404],
    ),
  },
  {
    method: "post",
    path: "/{endpoint}/{id}/retry",
    summary: "New job over the items without an output",
    params: z.object(job),
    header: z.object({ "Idempotency-Key": idempotencyKey }),
    responses: {
      "201": { description: "The new job", content: json(JobViewSchema) },
      ...answers(json(JobViewSchema), [404, 409]),
    },
  },
];
