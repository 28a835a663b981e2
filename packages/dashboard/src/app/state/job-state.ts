import type { JobEvent, JobStatusResponse, WorkersEvent } from "@millrace/core/rest";
import { mergeWorkers, type WorkerRow } from "./worker-rows.ts";

/** Everything that the page of one job knows. */
export interface JobState {
  readonly status: JobStatusResponse;
  readonly workers: readonly WorkerRow[];
}

export function jobState(status: JobStatusResponse, before?: JobState): JobState {
  return { status, workers: mergeWorkers(before?.workers ?? [], status.job_status.worker_states) };
}

export function applyProgress(state: JobState, event: JobEvent): JobState {
  const { status, status_reason, worker_counts, remaining, metrics } = event;
  const job_status = { ...state.status.job_status, status, status_reason, worker_counts, remaining };
  return { ...state, status: { ...state.status, job_status, metrics } };
}

export function applyWorkers(state: JobState, event: WorkersEvent): JobState {
  const { time, advice, throughput, workers } = event;
  const job_status = { ...state.status.job_status, time, advice, throughput };
  return { status: { ...state.status, job_status }, workers: mergeWorkers(state.workers, workers) };
}
