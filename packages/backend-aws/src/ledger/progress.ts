import { setTimeout as delay } from "node:timers/promises";
import type { JobStatus, Progress } from "@millrace/core";
import type { JobRecords } from "./job-record.ts";
import { progressKey } from "./keys.ts";
import { workerRows } from "./ledger-workers.ts";
import type { Item } from "./table.ts";

/** Poll interval while waiting for the first sum. */
const LOOK_MS = 100;

/** Adds up the workers' rows: exact, but it reads each row. @throws {MillraceError} job_not_found */
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
 * Progress that may be up to `maxAgeMs` old. One caller at a time adds up the workers' rows and stores the sum for the
 * others, so that a thousand idle workers cost a thousand small reads and not a million. Callers wait for the first
 * sum.
 */
export async function sharedProgress(
  records: JobRecords,
  jobId: string,
  { maxAgeMs, now }: { readonly maxAgeMs: number; readonly now: () => number },
): Promise<Progress> {
  const deadlineMs = performance.now() + 2 * maxAgeMs;
  for (;;) {
    const nowMs = now();
    const kept = await records.table.get(progressKey(jobId), { stale: true });
    // A time in the future was written before the clock was set back.
    const isFresh = kept !== undefined && Math.abs(nowMs - (kept.checked_at as number)) < maxAgeMs;
    if (isFresh && kept.progress !== undefined) return progressOf(kept);
    const isMine = !isFresh && (await claimSum(records, jobId, { nowMs, maxAgeMs }));
    if (isMine || performance.now() > deadlineMs) return leaveSum(records, jobId, nowMs);
    if (kept?.progress !== undefined) return progressOf(kept);
    await delay(LOOK_MS * (0.5 + Math.random()));
  }
}

/** True for the caller that is to add up; another may once the sum is overdue. */
function claimSum(
  { table }: JobRecords,
  jobId: string,
  { nowMs, maxAgeMs }: { readonly nowMs: number; readonly maxAgeMs: number },
): Promise<boolean> {
  return table.update(progressKey(jobId), {
    UpdateExpression: "SET checked_at = :now",
    ConditionExpression: "attribute_not_exists(checked_at) OR checked_at <= :due OR checked_at >= :future",
    ExpressionAttributeValues: { ":now": nowMs, ":due": nowMs - maxAgeMs, ":future": nowMs + maxAgeMs },
  });
}

async function leaveSum(records: JobRecords, jobId: string, nowMs: number): Promise<Progress> {
  const progress = await sumProgress(records, jobId);
  await records.table.update(progressKey(jobId), {
    UpdateExpression: "SET progress = :progress, checked_at = :now",
    ExpressionAttributeValues: { ":progress": JSON.stringify(progress), ":now": nowMs },
  });
  return progress;
}

function progressOf(item: Item): Progress {
  return JSON.parse(item.progress as string) as Progress;
}
