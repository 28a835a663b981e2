import type { MillraceClient } from "@millrace/client";
import type { FailureGroup, JobEvent, JobStatusResponse } from "@millrace/core";
import type { WatchedJob } from "./watched-job.ts";

/** Minimum time between two requests. Requests also take at most this share of the time, however large the job is. */
const INTERVAL_MS = 2_000;
const MAX_TIME_SHARE = 0.05;

/** What the event stream does not contain. */
export interface JobDetails {
  readonly startedAtMs: number | undefined;
  /** Workers with something to report, such as what they wait for. */
  readonly workers: JobStatusResponse["job_status"]["worker_states"];
  /** Largest groups first. */
  readonly failures: readonly FailureGroup[];
  /** There are more failures than the service examined. */
  readonly isCut: boolean;
}

export interface JobDetailsOptions {
  readonly job: WatchedJob;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

/** Regularly requests what the event stream does not contain; leaves out what the service does not answer. */
export class JobDetailsReader {
  readonly #client: MillraceClient;
  readonly #options: JobDetailsOptions;
  readonly #stopping = new AbortController();
  #details: JobDetails = { startedAtMs: undefined, workers: [], failures: [], isCut: false };
  #reading: Promise<void> | undefined;
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #hasStatus = false;
  #failedRead = 0;

  constructor(client: MillraceClient, options: JobDetailsOptions) {
    this.#client = client;
    this.#options = options;
  }

  get current(): JobDetails {
    return this.#details;
  }

  /** Sends a request if `event` indicates news and the last request is long enough ago. */
  look(event: JobEvent): void {
    const { nowMs, onChange } = this.#options;
    const { pending = 0, failed = 0, stalled = 0 } = event.worker_counts;
    const hasReasons = pending + failed + stalled > 0 || this.#details.workers.length > 0;
    const wants = {
      status: !this.#hasStatus || hasReasons,
      failures: event.metrics.items.failed !== this.#failedRead,
    };
    const startedMs = nowMs();
    if (this.#reading !== undefined || this.#stopping.signal.aborted) return;
    if (startedMs < this.#nextAtMs || !(wants.status || wants.failures)) return;
    this.#reading = this.#read(event, wants)
      .then(onChange, () => {})
      .finally(() => {
        this.#reading = undefined;
        this.#nextAtMs = nowMs() + Math.max(INTERVAL_MS, (nowMs() - startedMs) / MAX_TIME_SHARE);
      });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#reading;
  }

  async #read(
    event: JobEvent,
    wants: { readonly status: boolean; readonly failures: boolean },
  ): Promise<void> {
    const { job, nowMs } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, this.#stopping.signal]);
    if (wants.status) {
      const { job_status: status } = await this.#client.job(job.endpoint, job.jobId, { signal });
      const ageMs = Date.now() - Date.parse(status.start_time ?? status.created_time);
      this.#details = {
        ...this.#details,
        startedAtMs: nowMs() - Math.max(0, ageMs),
        workers: status.worker_states.filter(({ reason }) => reason !== null),
      };
      this.#hasStatus = true;
    }
    if (wants.failures) {
      const { groups, is_complete } = await this.#client.failureGroups(job.endpoint, job.jobId, { signal });
      this.#details = { ...this.#details, failures: groups, isCut: !is_complete };
      this.#failedRead = event.metrics.items.failed;
    }
  }
}
