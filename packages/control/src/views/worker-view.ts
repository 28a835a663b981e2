import type { PoolWorker, WorkerRecord, WorkerStatus, WorkerView } from "@millrace/core";
import { phasesView } from "./report-view.ts";
import { timeView } from "./time-view.ts";

/** A worker's record, and the GPUs assigned to its process. */
function workerView(record: WorkerRecord, gpus: readonly string[] | undefined): WorkerView {
  const { report } = record;
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
    batch: report?.batch ?? null,
    failed_attempts: report?.failedAttempts ?? 0,
    gpus: gpus ?? null,
    time: report ? phasesView(report.phasesMs) : null,
  };
}

/** The workers of a job as views, including what the pool knows about their processes. */
export function workerViews(
  records: readonly WorkerRecord[],
  processes: readonly PoolWorker[],
): readonly WorkerView[] {
  const gpus = new Map(processes.map((process) => [process.worker, process.gpus]));
  return withWaiting(records, processes).map((record) => workerView(record, gpus.get(record.worker)));
}

/**
 * The records with the pool's reasons for workers that are waiting or could not be started. These change too often to
 * store them for thousands of workers.
 */
function withWaiting(
  records: readonly WorkerRecord[],
  processes: readonly PoolWorker[],
): readonly WorkerRecord[] {
  const reasons = new Map(
    processes.filter(({ state }) => state !== "running").map(({ worker, reason }) => [worker, reason]),
  );
  return records.map((record) => {
    const reason = record.status === "pending" ? reasons.get(record.worker) : undefined;
    return reason === undefined ? record : { ...record, reason };
  });
}

/** How many workers have each status; statuses with no workers are omitted. */
export function workerCounts(records: readonly WorkerRecord[]): Partial<Record<WorkerStatus, number>> {
  const counts: Partial<Record<WorkerStatus, number>> = {};
  for (const { status } of records) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
