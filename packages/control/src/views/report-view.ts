import {
  advise,
  type CallLimits,
  type CallLimitsView,
  estimateRemaining,
  isTerminal,
  type Job,
  PHASES,
  type PhaseTimes,
  type Progress,
  type RemainingView,
  sumReports,
  type ThroughputView,
  type TimeView,
  type WorkerRecord,
  type WorkerReport,
} from "@millrace/core";
import { timeView } from "./time-view.ts";

/** What the workers' reports say about a job. */
export interface ReportView {
  readonly time: TimeView | null;
  readonly advice: string | null;
  readonly throughput: ThroughputView | null;
  readonly remaining: RemainingView | null;
  readonly call_limits: CallLimitsView;
}

const NOTHING: ReportView = {
  time: null,
  advice: null,
  throughput: null,
  remaining: null,
  call_limits: limitsView({}),
};

export function reportView(
  job: Job,
  { records, progress }: { readonly records: readonly WorkerRecord[]; readonly progress: Progress },
): ReportView {
  const reports = records.flatMap(({ report }) => report ?? []);
  if (reports.length === 0) return NOTHING;
  const report = sumReports(reports);
  // The time of failed batches is unknown.
  const { succeededBatches: batches, predictMs } = progress;
  const { phasesMs, callLimit, ...others } = report;
  // Nothing is in flight when the job is over.
  const limits = isTerminal(job.status) || callLimit === undefined ? others : { ...others, callLimit };
  return {
    time: phasesView(phasesMs),
    advice: advise({ phasesMs, batches, predictMs, limits }) ?? null,
    throughput: throughputView(job, report),
    call_limits: limitsView(limits),
    remaining: remainingView(job, { report, progress, reportedAtMs: reportedAtMs(records) }),
  };
}

/** Converts milliseconds per phase to seconds. */
export function phasesView(phasesMs: PhaseTimes): TimeView {
  const seconds = PHASES.map((phase) => [phase, Math.round(phasesMs[phase] ?? 0) / 1_000]);
  return Object.fromEntries(seconds);
}

function limitsView({ gpuBatchItems, callLimit, retryLater }: CallLimits): CallLimitsView {
  return {
    gpu_batch_items: gpuBatchItems ?? null,
    calls_at_once: callLimit ?? null,
    retry_later: retryLater ?? 0,
  };
}

function throughputView(job: Job, { items }: WorkerReport): ThroughputView | null {
  if (items.counts.length === 0) return null;
  return {
    start_time: timeView(job.spec.createdAtMs),
    interval_seconds: items.intervalMs / 1_000,
    items: items.counts,
  };
}

function remainingView(
  job: Job,
  {
    report,
    progress,
    reportedAtMs,
  }: { readonly report: WorkerReport; readonly progress: Progress; readonly reportedAtMs: number },
): RemainingView | null {
  if (isTerminal(job.status) || progress.totalItems === undefined) return null;
  const remaining = estimateRemaining(report.items, {
    items: progress.totalItems - progress.succeededItems - progress.failedItems,
    sinceStartMs: reportedAtMs - job.spec.createdAtMs,
  });
  if (!remaining) return null;
  const { ms, lowMs, highMs } = remaining;
  return {
    seconds: tenths(ms),
    low_seconds: tenths(lowMs),
    high_seconds: Number.isFinite(highMs) ? tenths(highMs) : null,
  };
}

/** The time up to which the reports of all running workers extend. */
function reportedAtMs(records: readonly WorkerRecord[]): number {
  const running = records.filter(({ status, report }) => status === "running" && report);
  return Math.min(...running.map(({ heartbeatAtMs = 0 }) => heartbeatAtMs));
}

function tenths(ms: number): number {
  return Math.round(ms / 100) / 10;
}
