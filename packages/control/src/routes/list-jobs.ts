import { JOB_STATUSES, type Job, type JobListResponse, type JobQuery, type JobStatus } from "@millrace/core";
import { badQuery, integerQuery, listQuery, queryOf } from "../http/query.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { summarize } from "../views/summarize-jobs.ts";

const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;

/** `GET /jobs`: newest first, filtered, by pages. */
export function listJobs({ backend }: Services): RouteHandler {
  return async (ctx) => {
    const query = queryOf(ctx, ["api", "status", "label", "limit", "cursor"], {
      repeatable: ["status", "label"],
    });
    const statuses = listQuery(ctx, "status");
    const labels = listQuery(ctx, "label");
    const limit = integerQuery("limit", query.limit, { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT;
    const wanted: JobQuery = {
      // One more than asked for tells whether there is another page.
      limit: Math.min(limit + 1, MAX_LIMIT),
      ...(query.api === undefined ? {} : { apiName: query.api }),
      ...(statuses === undefined ? {} : { statuses: parseStatuses(statuses) }),
      ...(labels === undefined ? {} : { labels: parseLabels(labels) }),
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
  const more = found.length > page.length || (limit === MAX_LIMIT && found.length === MAX_LIMIT);
  return more ? (page.at(-1)?.spec.jobId ?? null) : null;
}

function parseStatuses(names: readonly string[]): readonly JobStatus[] {
  return names.map((name) => {
    if (Object.hasOwn(JOB_STATUSES, name)) return name as JobStatus;
    const known = Object.keys(JOB_STATUSES).join(", ");
    throw badQuery("status", `Cannot use status "${name}": expected one of ${known}`);
  });
}

function parseLabels(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const colon = pair.indexOf(":");
      if (colon > 0) return [pair.slice(0, colon), pair.slice(colon + 1)];
      throw badQuery("label", `Cannot use label "${pair}": expected key:value`);
    }),
  );
}

function parseCursor(text: string): string {
  if (/^[0-9A-Z]{26}$/.test(text)) return text;
  throw badQuery("cursor", `Cannot use cursor "${text}": expected the cursor of the page before`);
}
