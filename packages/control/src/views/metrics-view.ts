import type { ItemCounts, JobMetrics, Progress } from "@millrace/core";

export function itemCounts(progress: Progress): ItemCounts {
  return {
    total: progress.totalItems ?? null,
    succeeded: progress.succeededItems,
    failed: progress.failedItems,
  };
}

export function metricsView(progress: Progress): JobMetrics {
  // The time of failed batches is unknown.
  const { succeededBatches: batches, predictMs } = progress;
  return {
    succeeded: batches,
    failed: progress.failedBatches,
    avg_time_per_batch: batches === 0 ? null : predictMs / batches / 1_000,
    items: itemCounts(progress),
  };
}
