import type { JobMetricSet } from "./job-metrics.ts";
import type { JobLook } from "./look-at-job.ts";

/** What a job adds to the counters. */
export interface JobCounts {
  readonly succeededItems: number;
  readonly failedItems: number;
  readonly succeededBatches: number;
  readonly failedBatches: number;
  readonly predictMs: number;
  readonly restarts: number;
}

export const NO_COUNTS: JobCounts = {
  succeededItems: 0,
  failedItems: 0,
  succeededBatches: 0,
  failedBatches: 0,
  predictMs: 0,
  restarts: 0,
};

export function countsOf({ progress, workers }: JobLook): JobCounts {
  const { succeededItems, failedItems, succeededBatches, failedBatches, predictMs } = progress;
  const restarts = workers.reduce((sum, worker) => sum + worker.restarts, 0);
  return { succeededItems, failedItems, succeededBatches, failedBatches, predictMs, restarts };
}

/** Adds to the counters what came after `before`, and returns what they hold now: a stale read never takes anything back. */
export function addCounts(
  metrics: JobMetricSet,
  api: string,
  { before, seen }: { readonly before: JobCounts; readonly seen: JobCounts },
): JobCounts {
  const now = Object.fromEntries(
    Object.entries(seen).map(([key, value]) => [key, Math.max(value, before[key as keyof JobCounts])]),
  ) as unknown as JobCounts;
  metrics.items.inc({ api, result: "succeeded" }, now.succeededItems - before.succeededItems);
  metrics.items.inc({ api, result: "failed" }, now.failedItems - before.failedItems);
  metrics.batches.inc({ api, result: "succeeded" }, now.succeededBatches - before.succeededBatches);
  metrics.batches.inc({ api, result: "failed" }, now.failedBatches - before.failedBatches);
  metrics.predictSeconds.inc({ api }, (now.predictMs - before.predictMs) / 1_000);
  metrics.restarts.inc({ api }, now.restarts - before.restarts);
  return now;
}
