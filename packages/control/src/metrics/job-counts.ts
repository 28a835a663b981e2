import { EMPTY_REPORT, PHASES, sumReports, type WorkerReport } from "@millrace/core";
import type { JobMetricSet } from "./job-metrics.ts";
import type { JobLook } from "./look-at-job.ts";

/** A job's contribution to the counters. */
export interface JobCounts {
  readonly succeededItems: number;
  readonly failedItems: number;
  readonly succeededBatches: number;
  readonly failedBatches: number;
  readonly predictMs: number;
  readonly restarts: number;
  readonly report: Pick<WorkerReport, "failedAttempts" | "phasesMs" | "steps">;
  readonly retryLater: number;
}

export const NO_COUNTS: JobCounts = {
  succeededItems: 0,
  failedItems: 0,
  succeededBatches: 0,
  failedBatches: 0,
  predictMs: 0,
  restarts: 0,
  report: EMPTY_REPORT,
  retryLater: 0,
};

export function countsOf({ progress, workers }: JobLook): JobCounts {
  const { succeededItems, failedItems, succeededBatches, failedBatches, predictMs } = progress;
  const restarts = workers.reduce((sum, worker) => sum + worker.restarts, 0);
  const sum = sumReports(workers.flatMap(({ report }) => report ?? []));
  const { failedAttempts, phasesMs, steps, retryLater = 0 } = sum;
  const report = { failedAttempts, phasesMs, steps };
  const batches = { succeededBatches, failedBatches, predictMs, restarts, report, retryLater };
  return { succeededItems, failedItems, ...batches };
}

/**
 * Adds what is new since `before` to the counters, and returns their contents: a stale read never decreases anything.
 */
export function addCounts(
  metrics: JobMetricSet,
  api: string,
  { before, seen }: { readonly before: JobCounts; readonly seen: JobCounts },
): JobCounts {
  const now = later(before, seen);
  metrics.items.inc({ api, result: "succeeded" }, now.succeededItems - before.succeededItems);
  metrics.items.inc({ api, result: "failed" }, now.failedItems - before.failedItems);
  metrics.batches.inc({ api, result: "succeeded" }, now.succeededBatches - before.succeededBatches);
  metrics.batches.inc({ api, result: "failed" }, now.failedBatches - before.failedBatches);
  metrics.predictSeconds.inc({ api }, (now.predictMs - before.predictMs) / 1_000);
  metrics.restarts.inc({ api }, now.restarts - before.restarts);
  metrics.failedAttempts.inc({ api }, now.report.failedAttempts - before.report.failedAttempts);
  metrics.retryLater.inc({ api }, now.retryLater - before.retryLater);
  for (const phase of PHASES) {
    const ms = now.report.phasesMs[phase] - before.report.phasesMs[phase];
    metrics.phaseSeconds.inc({ api, phase }, ms / 1_000);
  }
  metrics.steps.add(api, { before: before.report.steps, now: now.report.steps });
  return now;
}

/** The larger value of each count. */
function later<Counts>(before: Counts, seen: Counts): Counts {
  if (typeof seen === "number") return Math.max(seen, before as number) as Counts;
  const known = before as Record<string, unknown>;
  const entries = Object.entries(seen as object).map(([key, value]) => [key, later(known[key], value)]);
  return (Array.isArray(seen) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as Counts;
}
