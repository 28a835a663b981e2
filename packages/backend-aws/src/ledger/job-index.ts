import type { Job, JobQuery } from "@millrace/core";
import type { JobRecords } from "./job-record.ts";
import type { Item, LedgerTable } from "./table.ts";
import { INDEXES } from "./table-definition.ts";

const DEFAULT_LIMIT = 100;
const MAXIMUM_LIMIT = 1_000;

/** Jobs that match a query, newest first. Indexes lag slightly behind the table. */
export async function listJobs(records: JobRecords, query: JobQuery): Promise<readonly Job[]> {
  const { apiName, statuses, labels = {}, search = "", before, limit = DEFAULT_LIMIT } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAXIMUM_LIMIT) {
    throw new RangeError(`Cannot list jobs: limit is ${limit}, expected 1..${MAXIMUM_LIMIT}`);
  }
  const hash = apiName === undefined ? "kind" : "api_name";
  const items = records.table.query({
    IndexName: apiName === undefined ? INDEXES.byTime : INDEXES.byApi,
    KeyConditionExpression: `${hash} = :hash${before === undefined ? "" : " AND job_id < :before"}`,
    ...(statuses?.length && {
      FilterExpression: `#status IN (${statuses.map((_, i) => `:status${i}`).join(", ")})`,
      ExpressionAttributeNames: { "#status": "status" },
    }),
    ExpressionAttributeValues: {
      ":hash": apiName ?? "JOB",
      ...(before !== undefined && { ":before": before }),
      ...Object.fromEntries((statuses ?? []).map((status, i) => [`:status${i}`, status])),
    },
    ScanIndexForward: false,
  });
  const jobs: Job[] = [];
  for await (const item of items) {
    if (!hasLabels(item, labels) || !hasText(item, search)) continue;
    jobs.push(await records.job(item));
    if (jobs.length === limit) break;
  }
  return jobs;
}

function hasLabels(item: Item, labels: Readonly<Record<string, string>>): boolean {
  const own = (item.labels ?? {}) as Readonly<Record<string, string>>;
  return Object.entries(labels).every(([key, value]) => Object.hasOwn(own, key) && own[key] === value);
}

function hasText(item: Item, search: string): boolean {
  const labels = Object.entries((item.labels ?? {}) as Readonly<Record<string, string>>).flat();
  const text = [item.job_id, item.api_name, ...labels].join(" ");
  return text.toLowerCase().includes(search.toLowerCase());
}

/** Whether a job still needs managing, as the value of `active`; a settled job has none. */
export type Care = "ACTIVE" | "ENDED";

/** Ids of the jobs that are not over, or are over and not settled, oldest first. */
export async function listCared(table: LedgerTable, care: Care): Promise<readonly string[]> {
  const ids: string[] = [];
  const items = table.query({
    IndexName: INDEXES.active,
    KeyConditionExpression: "active = :active",
    ExpressionAttributeValues: { ":active": care },
  });
  for await (const item of items) ids.push(item.job_id as string);
  return ids;
}
