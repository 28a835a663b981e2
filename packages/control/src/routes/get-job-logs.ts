import { type Job, type LogLine, type LogPositions, parseLogPositions } from "@millrace/core";
import {
  JobIdSchema,
  JobStatusSchema,
  LogLineViewSchema,
  LogPositionsViewSchema,
} from "@millrace/core/schemas";
import { z } from "zod";
import { findJob } from "../http/find-job.ts";
import { FLAG, integer, list, optional, TIME } from "../http/query-fields.ts";
import type { RequestContext } from "../http/types.ts";
import { events, ndjson } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { answerHead } from "../streams/event-stream.ts";
import { followLogs } from "../streams/follow-logs.ts";
import { jsonLine, sendNdjson } from "../streams/ndjson-body.ts";
import { logLineView } from "../views/log-line-view.ts";
import { route } from "./route.ts";

/** The format of `parseLogPositions`; an empty list means the beginning. */
const POSITION = "(?:s|[0-9]{1,9}):[A-Za-z0-9._-]{1,1000}";
const lastEventId = z
  .string()
  .regex(new RegExp(`^(?:${POSITION}(?: *, *${POSITION})*)?$`))
  .optional()
  .meta({
    description:
      "Resume after these events: comma-separated ids, one for each worker. A worker without an id starts as if the header were missing.",
    example: "s:310,0:4096",
  });
const logEnd = z
  .object({ job_id: JobIdSchema, status: JobStatusSchema })
  .meta({ id: "LogEnd", description: "The job is over, and so is its log." });

/** NDJSON of the lines so far, or server-sent events with `?follow=true`. */
export const getJobLogs = route({
  id: "getJobLogs",
  tag: "jobs",
  method: "get",
  path: "/{endpoint}/{id}/logs",
  summary: "Log lines. With `follow`, server-sent events: `log`, then `end`; with `tail`, `positions` first",
  query: {
    follow: optional(FLAG, { description: "Keep sending new lines until the job is over." }),
    worker: list(integer(0, 1_000_000), {
      description: "Only lines of these workers; may be comma-separated.",
      example: [0, 3],
    }),
    since: optional(TIME, {
      description: "Only lines since this time: RFC 3339, in any time zone.",
      example: "2026-01-31T12:00:00Z",
    }),
    tail: optional(integer(0, 100_000), { description: "Only the last lines of all workers together." }),
  },
  header: { "Last-Event-ID": lastEventId },
  responses: answers(
    {
      ...ndjson(LogLineViewSchema),
      ...events({ positions: LogPositionsViewSchema, log: LogLineViewSchema, end: logEnd }),
    },
    [404],
  ),
  handler:
    (services) =>
    async (ctx, { follow, worker, since, tail }) => {
      const query = { workers: worker, sinceMs: since, after: seenBy(ctx) };
      const job = await findJob(services.backend, ctx.params.endpoint, ctx.params.id);
      const { jobId } = job.spec;
      const { logs } = services.backend;
      // A client that reconnects sends its last position: it needs what follows, not the last lines again.
      const beforeTail =
        tail === undefined || query.after ? undefined : await logs.beforeLast(jobId, tail, query);
      const selection = beforeTail ? { ...query, after: beforeTail } : query;
      if (!follow) return sendNdjson(ctx, lines(logs.read(jobId, selection), job));
      if (answerHead(ctx)) return;
      followLogs(services, ctx, { job, query: selection, beforeTail });
    },
});

/** The position that the client has reached. */
function seenBy(ctx: RequestContext): LogPositions | undefined {
  const text = ctx.get("Last-Event-ID");
  return text === "" ? undefined : parseLogPositions(text);
}

async function* lines(log: AsyncIterable<LogLine>, job: Job): AsyncGenerator<string> {
  for await (const line of log) yield jsonLine(logLineView(line, job));
}
