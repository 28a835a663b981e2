import { JOB_STATUSES, type JobQuery, type JobStatus } from "@millrace/core";
import { API_NAME } from "@millrace/core/schemas";
import { LABEL } from "./name-patterns.ts";
import { badQuery, listQuery } from "./query.ts";
import type { RequestContext } from "./types.ts";

/** Query values that choose among the jobs. */
export const JOB_FILTERS = ["api", "status", "label", "search"] as const;
/** Those that may be given several times. */
export const REPEATABLE = ["status", "label"] as const;

/** What the request's query chooses. @throws {MillraceError} invalid_request */
export function jobFilter(
  ctx: RequestContext,
  query: { readonly api?: string; readonly search?: string },
): Pick<JobQuery, "apiName" | "statuses" | "labels" | "search"> {
  const statuses = listQuery(ctx, "status");
  const labels = listQuery(ctx, "label");
  return {
    ...(query.api === undefined ? {} : { apiName: parseApiName(query.api) }),
    ...(query.search ? { search: query.search } : {}),
    ...(statuses === undefined ? {} : { statuses: parseStatuses(statuses) }),
    ...(labels === undefined ? {} : { labels: parseLabels(labels) }),
  };
}

function parseApiName(name: string): string {
  if (API_NAME.test(name)) return name;
  throw badQuery("api", `Cannot use api "${name}": expected the name of an API; GET /apis lists them`);
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
      if (LABEL.test(pair)) return [pair.slice(0, colon), pair.slice(colon + 1)];
      throw badQuery("label", `Cannot use label "${pair}": expected key:value`);
    }),
  );
}
