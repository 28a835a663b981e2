import type { JobStatus, Progress } from "@millrace/core";
import type { JobRecords } from "./job-record.ts";
import { progressKey } from "./keys.ts";
import { workerRows } from "./ledger-workers.ts";
import type { Item } from "./table.ts";

/** Adds up the workers' rows: exact, at the cost of reading each. @throws {MillraceError} job_not_found */
export async function sumProgress(records: JobRecords, jobId: string): Promise<Progress> {
  const meta = await records.meta(jobId);
  const { spec } = await records.facts(jobId);
  const rows = await workerRows(records.table, jobId, spec.workers);
  const sum = (attribute: string) =>
    rows.reduce((total, row) => total + ((row[attribute] as number | undefined) ?? 0), 0);
  return {
    status: meta.status as JobStatus,
    ...(meta.total_items !== undefined && { totalItems: meta.total_items as number }),
    ...(meta.total_batches !== undefined && { totalBatches: meta.total_batches as number }),
    succeededItems: sum("succeeded_items"),
    failedItems: sum("failed_items"),
    succeededBatches: sum("succeeded_batches"),
    failedBatches: sum("failed_batches"),
    predictMs: sum("predict_ms"),
  };
}

/**
 * Progress that may be up to `maxAgeMs` old: of all that ask, one at a time adds up the workers' rows and leaves the sum
 * for the others, so that a thousand idle workers cost a thousand small reads and not a million.
 */
export async function sharedProgress(
  records: JobRecords,
  jobId: string,
  { maxAgeMs, nowMs }: { readonly maxAgeMs: number; readonly nowMs: number },
): Promise<Progress> {
  const { table } = records;
  const key = progressKey(jobId);
  const kept = await table.get(key, { stale: true });
  const isFresh = kept !== undefined && nowMs - (kept.checked_at as number) < maxAgeMs;
  if (isFresh && kept.progress !== undefined) return progressOf(kept);
  const claimed =
    !isFresh &&
    (await table.update(key, {
      UpdateExpression: "SET checked_at = :now",
      ConditionExpression: "attribute_not_exists(checked_at) OR checked_at <= :due",
      ExpressionAttributeValues: { ":now": nowMs, ":due": nowMs - maxAgeMs },
    }));
  if (!claimed && kept?.progress !== undefined) return progressOf(kept);
  const progress = await sumProgress(records, jobId);
  await table.update(key, {
    UpdateExpression: "SET progress = :progress, checked_at = :now",
    ExpressionAttributeValues: { ":progress": JSON.stringify(progress), ":now": nowMs },
  });
  return progress;
}

function progressOf(item: Item): Progress {
  return JSON.parse(item.progress as string) as Progress;
}
