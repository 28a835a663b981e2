import type { Job, JobListResponse, JobQuery } from "@millrace/core";
import { JOB_FILTERS, jobFilter, REPEATABLE } from "../http/job-filter.ts";
import { JOB_ID } from "../http/name-patterns.ts";
import { badQuery, integerQuery, queryOf } from "../http/query.ts";
import { QUERY_RANGES } from "../http/query-ranges.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { summarize } from "../views/summarize-jobs.ts";

const DEFAULT_LIMIT = 100;

/** `GET /jobs`: newest first, filtered, by pages. */
export function listJobs({ backend }: Services): RouteHandler {
  return async (ctx) => {
    const query = queryOf(ctx, [...JOB_FILTERS, "limit", "cursor"], { repeatable: REPEATABLE });
    const limit = integerQuery("limit", query.limit, QUERY_RANGES.limit) ?? DEFAULT_LIMIT;
    const wanted: JobQuery = {
      // One more than asked for tells whether there is another page.
      limit: Math.min(limit + 1, QUERY_RANGES.limit.max),
      ...jobFilter(ctx, query),
      ...(query.cursor === undefined ? {} : { before: parseCursor(query.cursor) }),
    };
    const found = await backend.ledger.jobs.list(wanted);
    const page = found.slice(0, limit);
    const body: JobListResponse = {
      jobs: await summarize(backend, page),
      cursor: nextCursor(found, page, limit),
    };
    ctx.body = body;
  };
}

function nextCursor(found: readonly Job[], page: readonly Job[], limit: number): string | null {
  const more =
    found.length > page.length ||
    (limit === QUERY_RANGES.limit.max && found.length === QUERY_RANGES.limit.max);
  return more ? (page.at(-1)?.spec.jobId ?? null) : null;
}

function parseCursor(text: string): string {
  if (JOB_ID.test(text)) return text;
  throw badQuery("cursor", `Cannot use cursor "${text}": expected the cursor of the page before`);
}
