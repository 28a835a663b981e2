import { EMPTY_REPORT, isTerminal, JOB_STATUSES, type JobStatus, PHASES } from "@millrace/core";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { StepHistogram } from "./step-histogram.ts";

/** From jobs of seconds to jobs of days. */
const JOB_SECONDS = [1, 10, 60, 300, 900, 3_600, 14_400, 43_200, 86_400, 259_200];
const SINCE = "since the service started";
const ENDINGS = (Object.keys(JOB_STATUSES) as JobStatus[]).filter(isTerminal);

export type JobMetricSet = ReturnType<typeof createJobMetricSet>;

/** All job metrics: gauges for jobs that are not over, and counters that start at 0 with the service. */
export function createJobMetricSet(registry: Registry) {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help: `${help}, ${SINCE}`, labelNames, registers });
  return {
    jobs: gauge("millrace_jobs", "Unfinished jobs, by status", ["api", "status"]),
    itemsRemaining: gauge(
      "millrace_items_remaining",
      "Items without a result row yet, of jobs whose dataset is completely enqueued",
      ["api"],
    ),
    batchesQueued: gauge("millrace_batches_queued", "Batches that wait for a worker, approximate", ["api"]),
    batchesLeased: gauge("millrace_batches_leased", "Batches that a worker holds, approximate", ["api"]),
    workers: gauge("millrace_workers", "Workers of unfinished jobs, by status", ["api", "status"]),
    heartbeatAge: gauge(
      "millrace_worker_heartbeat_age_seconds",
      "Longest time since the last heartbeat of a worker that should be running",
      ["api"],
    ),
    peakMemory: gauge(
      "millrace_worker_peak_memory_bytes",
      "Largest peak memory among the predictors of unfinished jobs",
      ["api"],
    ),
    submitted: counter("millrace_jobs_submitted_total", "Jobs submitted, retries included", ["api"]),
    ended: counter("millrace_jobs_ended_total", "Jobs that ended, by final status", ["api", "status"]),
    duration: new Histogram({
      name: "millrace_job_duration_seconds",
      help: `Time from a job's submission to its end, ${SINCE}`,
      labelNames: ["api"],
      buckets: JOB_SECONDS,
      registers,
    }),
    items: counter("millrace_items_total", "Items committed, by result", ["api", "result"]),
    batches: counter("millrace_batches_total", "Batches committed, by result", ["api", "result"]),
    predictSeconds: counter(
      "millrace_predict_seconds_total",
      "Time spent in predict, over committed batches of all workers",
      ["api"],
    ),
    restarts: counter("millrace_worker_restarts_total", "Workers started again after they ended early", [
      "api",
    ]),
    failedAttempts: counter("millrace_failed_attempts_total", "Failed attempts of batches", ["api"]),
    retryLater: counter(
      "millrace_retry_later_total",
      "Calls and items that a predictor put off by RetryLater",
      ["api"],
    ),
    phaseSeconds: counter("millrace_worker_phase_seconds_total", "Time that workers spent in each phase", [
      "api",
      "phase",
    ]),
    steps: new StepHistogram(registry, {
      name: "millrace_step_duration_seconds",
      help: `Time to load a group of batches, preprocess, predict and postprocess a batch, commit a group, ${SINCE}`,
    }),
  };
}

/** Initializes an API's counters at 0: if a series appears with its first value, `increase()` misses that step. */
export function beginCounters(metrics: JobMetricSet, api: string): void {
  metrics.submitted.inc({ api }, 0);
  for (const status of ENDINGS) metrics.ended.inc({ api, status }, 0);
  for (const result of ["succeeded", "failed"]) {
    metrics.items.inc({ api, result }, 0);
    metrics.batches.inc({ api, result }, 0);
  }
  metrics.predictSeconds.inc({ api }, 0);
  metrics.restarts.inc({ api }, 0);
  metrics.failedAttempts.inc({ api }, 0);
  metrics.retryLater.inc({ api }, 0);
  for (const phase of PHASES) metrics.phaseSeconds.inc({ api, phase }, 0);
  metrics.steps.add(api, { before: EMPTY_REPORT.steps, now: EMPTY_REPORT.steps });
}
