import type { Job, JobListResponse, JobQuery } from "@millrace/core";
import { JobListResponseSchema } from "@millrace/core/schemas";
import { z } from "zod";
import { JOB_FILTER, jobQuery } from "../http/job-filter.ts";
import { JOB_ID } from "../http/path-parameters.ts";
import { integer, optional, textOf } from "../http/query-fields.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { summarize } from "../views/summarize-jobs.ts";
import { route } from "./route.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

export const listJobs = route({
  id: "listJobs",
  tag: "jobs",
  method: "get",
  path: "/jobs",
  summary: "List jobs, newest first",
  query: {
    ...JOB_FILTER,
    limit: optional(integer(1, MAX_LIMIT), { "x-default": String(DEFAULT_LIMIT) }),
    cursor: optional(textOf(z.string().regex(JOB_ID), "the cursor of the page before"), {
      description: "The `cursor` of the previous page.",
    }),
  },
  responses: answers(json(JobListResponseSchema)),
  handler:
    ({ backend }) =>
    async (ctx, { limit = DEFAULT_LIMIT, cursor, ...filter }) => {
      const wanted: JobQuery = {
        // One more than requested shows whether there is another page.
        limit: Math.min(limit + 1, MAX_LIMIT),
        ...jobQuery(filter),
        ...(cursor === undefined ? {} : { before: cursor }),
      };
      const found = await backend.ledger.jobs.list(wanted);
      const page = found.slice(0, limit);
      ctx.body = {
        jobs: await summarize(backend, page),
        cursor: nextCursor(found, page, limit),
      } satisfies JobListResponse;
    },
});

function nextCursor(found: readonly Job[], page: readonly Job[], limit: number): string | null {
  const more = found.length > page.length || (limit === MAX_LIMIT && found.length === MAX_LIMIT);
  return more ? (page.at(-1)?.spec.jobId ?? null) : null;
}
