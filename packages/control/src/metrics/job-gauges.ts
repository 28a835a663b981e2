import { isTerminal, type WorkerStatus } from "@millrace/core";
import type { ApiLabels } from "./api-labels.ts";
import type { JobMetricSet } from "./job-metrics.ts";
import type { JobLook } from "./look-at-job.ts";

/** Workers that should send heartbeats: those not yet started and those that have ended are silent for good reason. */
const SPEAKING: ReadonlySet<WorkerStatus> = new Set(["initializing", "running", "stalled"]);

/** Sets the gauges from the jobs that are not over. Synchronous, so that no scrape sees a partial update. */
export function setGauges(
  metrics: JobMetricSet,
  looks: readonly JobLook[],
  { labels, nowMs }: { readonly labels: ApiLabels; readonly nowMs: number },
): void {
  const { jobs, itemsRemaining, batchesQueued, batchesLeased, workers } = metrics;
  const longest = new Map<string, number>();
  const largest = new Map<string, number>();
  for (const gauge of [jobs, itemsRemaining, batchesQueued, batchesLeased, workers]) gauge.reset();
  for (const { apiName, progress, queue, ...look } of looks) {
    const api = labels.of(apiName);
    // It ended between two reads: the next scrape counts it as ended.
    if (isTerminal(progress.status)) continue;
    jobs.inc({ api, status: progress.status });
    const done = progress.succeededItems + progress.failedItems;
    itemsRemaining.inc({ api }, Math.max(0, (progress.totalItems ?? done) - done));
    batchesQueued.inc({ api }, queue.queued);
    batchesLeased.inc({ api }, queue.leased);
    for (const { status, heartbeatAtMs, peakMemoryBytes } of look.workers) {
      workers.inc({ api, status });
      if (heartbeatAtMs !== undefined && SPEAKING.has(status)) raise(longest, api, nowMs - heartbeatAtMs);
      if (peakMemoryBytes !== undefined) raise(largest, api, peakMemoryBytes);
    }
  }
  metrics.heartbeatAge.reset();
  for (const [api, ageMs] of longest) metrics.heartbeatAge.set({ api }, ageMs / 1_000);
  metrics.peakMemory.reset();
  for (const [api, bytes] of largest) metrics.peakMemory.set({ api }, bytes);
}

function raise(highest: Map<string, number>, api: string, value: number): void {
  highest.set(api, Math.max(value, highest.get(api) ?? 0));
}
