import { sumSeries } from "./item-series.ts";
import {
  type CallLimits,
  EMPTY_REPORT,
  PHASES,
  STEPS,
  type StepTimes,
  type WorkerReport,
} from "./worker-report.ts";

/**
 * The combined report of all workers of a job, without fields that only make sense for one worker. Reports may lack what
 * was added since they were written.
 */
export function sumReports(reports: readonly WorkerReport[]): WorkerReport {
  const phases = PHASES.map((phase) => [phase, total(reports, (report) => report.phasesMs[phase] ?? 0)]);
  const steps = STEPS.map((step) => [step, sumSteps(reports.flatMap((report) => report.steps[step] ?? []))]);
  return {
    ...sumLimits(reports),
    failedAttempts: total(reports, (report) => report.failedAttempts),
    phasesMs: Object.fromEntries(phases),
    items: sumSeries(reports.map((report) => report.items)),
    steps: Object.fromEntries(steps),
  };
}

/** The smallest of the limits. */
function sumLimits(reports: readonly CallLimits[]): CallLimits {
  const gpuBatchItems = least(reports.map((report) => report.gpuBatchItems));
  const callLimit = least(reports.map((report) => report.callLimit));
  const retryLater = total(reports, (report) => report.retryLater ?? 0);
  return {
    ...(gpuBatchItems !== undefined && { gpuBatchItems }),
    ...(callLimit !== undefined && { callLimit }),
    ...(retryLater > 0 && { retryLater }),
  };
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function sumSteps(all: readonly StepTimes[]): StepTimes {
  const { counts } = EMPTY_REPORT.steps.load;
  return {
    counts: counts.map((_, i) => total(all, (times) => times.counts[i] ?? 0)),
    sumMs: total(all, ({ sumMs }) => sumMs),
  };
}

function total<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((sum, one) => sum + value(one), 0);
}
