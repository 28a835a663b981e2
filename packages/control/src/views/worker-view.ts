import type { WorkerRecord, WorkerStatus, WorkerView } from "@millrace/core";
import { timeView } from "./time-view.ts";

export function workerView(record: WorkerRecord): WorkerView {
  return {
    worker: record.worker,
    status: record.status,
    reason: record.reason ?? null,
    succeeded_items: record.succeededItems,
    failed_items: record.failedItems,
    restarts: record.restarts,
    start_time: timeView(record.startedAtMs),
    heartbeat_time: timeView(record.heartbeatAtMs),
    peak_memory_bytes: record.peakMemoryBytes ?? null,
  };
}

/** How many workers have each status; statuses that none has are left out. */
export function workerCounts(records: readonly WorkerRecord[]): Partial<Record<WorkerStatus, number>> {
  const counts: Partial<Record<WorkerStatus, number>> = {};
  for (const { status } of records) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
