import type { TimeView, WorkerStatus, WorkerView } from "@millrace/core/rest";

/** A worker with its rate. */
export interface WorkerRow {
  readonly view: WorkerView;
  /** Recent items per second; undefined until it has finished some. */
  readonly rate: number | undefined;
}

/** Merges changed workers, ordered by number; unchanged rows keep their objects. */
export function mergeWorkers(
  rows: readonly WorkerRow[],
  changed: readonly WorkerView[],
): readonly WorkerRow[] {
  if (changed.length === 0) return rows;
  const byNumber = new Map(rows.map((row) => [row.view.worker, row]));
  for (const view of changed) {
    const before = byNumber.get(view.worker);
    byNumber.set(view.worker, { view, rate: rateOf(view, before) });
  }
  return [...byNumber.values()].sort((a, b) => a.view.worker - b.view.worker);
}

/** Weight of the newest report: enough to follow within a few reports, too little to flicker. */
const NEWEST = 0.3;

/** The rate by the worker's own clock, so that neither this browser's clock nor late reports matter. */
function rateOf(view: WorkerView, before: WorkerRow | undefined): number | undefined {
  const seconds = secondsAtWork(view.time);
  const items = view.succeeded_items + view.failed_items;
  if (before?.rate === undefined) return seconds > 0 && items > 0 ? items / seconds : undefined;
  const earlier = before.view;
  const passed = seconds - secondsAtWork(earlier.time);
  // A restarted worker starts counting again.
  if (passed <= 0) return before.rate;
  const finished = Math.max(0, items - earlier.succeeded_items - earlier.failed_items);
  return before.rate + NEWEST * (finished / passed - before.rate);
}

const WORKING = ["loading", "preprocessing", "predicting", "postprocessing", "writing", "idle"] as const;

/** Seconds since it began to load: waiting and starting say nothing about its rate. */
function secondsAtWork(time: TimeView | null): number {
  return time === null ? 0 : WORKING.reduce((sum, phase) => sum + time[phase], 0);
}

export type WorkerColumn = "worker" | "status" | "rate" | "items" | "attempts" | "memory";

export interface WorkerOrder {
  readonly column: WorkerColumn;
  readonly descending: boolean;
}

/** Statuses that need attention come first. */
const STATUS_RANK: Readonly<Record<WorkerStatus, number>> = {
  failed: 0,
  stalled: 1,
  running: 2,
  initializing: 3,
  pending: 4,
  succeeded: 5,
};

const KEYS: Readonly<Record<WorkerColumn, (row: WorkerRow) => number>> = {
  worker: ({ view }) => view.worker,
  status: ({ view }) => STATUS_RANK[view.status],
  rate: ({ rate }) => rate ?? -1,
  items: ({ view }) => view.succeeded_items + view.failed_items,
  attempts: ({ view }) => view.failed_attempts,
  memory: ({ view }) => view.peak_memory_bytes ?? -1,
};

/** The workers with a status, sorted; equal ones by number. */
export function selectWorkers(
  rows: readonly WorkerRow[],
  { status, order }: { readonly status: WorkerStatus | ""; readonly order: WorkerOrder },
): readonly WorkerRow[] {
  const key = KEYS[order.column];
  const sign = order.descending ? -1 : 1;
  return rows
    .filter(({ view }) => status === "" || view.status === status)
    .sort((a, b) => sign * (key(a) - key(b)) || a.view.worker - b.view.worker);
}
