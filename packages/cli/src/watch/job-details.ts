import type { MillraceClient } from "@millrace/client";
import type { FailureView, JobEvent, JobStatusResponse } from "@millrace/core";
import type { WatchedJob } from "./watched-job.ts";

/** Between two questions, at least; and no more than this share of the time goes to them, however large the job is. */
const INTERVAL_MS = 2_000;
const MAX_TIME_SHARE = 0.05;
/** Failures come in input order from the start, so that of a job with very many only the first are looked at. */
const MAX_FAILURES_READ = 500;

/** Failed items with the same error. */
export interface FailureGroup {
  readonly count: number;
  /** The one that failed last. */
  readonly last: FailureView;
}

/** What the event stream does not tell. */
export interface JobDetails {
  readonly startedAtMs: number | undefined;
  /** Workers that have something to say, such as what they wait for. */
  readonly workers: JobStatusResponse["job_status"]["worker_states"];
  /** The one that failed last comes first. */
  readonly failures: readonly FailureGroup[];
  /** There are more failures than were looked at. */
  readonly isCut: boolean;
}

export interface JobDetailsOptions {
  readonly job: WatchedJob;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

/** Asks the service, now and then, for what the event stream does not tell; what it does not answer is left out. */
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

  /** Asks, if `event` says that there is something new and the last question is long enough ago. */
  look(event: JobEvent): void {
    const { nowMs, onChange } = this.#options;
    const { pending = 0, failed = 0, stalled = 0 } = event.worker_counts;
    const hasReasons = pending + failed + stalled > 0 || this.#details.workers.length > 0;
    const wants = {
      status: !this.#hasStatus || hasReasons,
      failures: event.metrics.items.failed !== this.#failedRead && !this.#details.isCut,
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
      const read = await readFailures(this.#client.failures(job.endpoint, job.jobId, { signal }));
      this.#details = { ...this.#details, ...read };
      this.#failedRead = event.metrics.items.failed;
    }
  }
}

async function readFailures(
  rows: AsyncIterable<FailureView>,
): Promise<Pick<JobDetails, "failures" | "isCut">> {
  const groups = new Map<string, FailureGroup>();
  let count = 0;
  let isCut = false;
  for await (const row of rows) {
    isCut = ++count > MAX_FAILURES_READ;
    if (isCut) break;
    const key = `${row.error.code} ${row.attempts.at(-1)?.type} ${row.error.message}`;
    const known = groups.get(key);
    const isLater = known === undefined || timeOf(row) >= timeOf(known.last);
    groups.set(key, { count: (known?.count ?? 0) + 1, last: isLater ? row : known.last });
  }
  const failures = [...groups.values()].sort((a, b) => (timeOf(a.last) < timeOf(b.last) ? 1 : -1));
  return { failures, isCut };
}

/** RFC 3339 in UTC: in order as text. */
function timeOf({ attempts }: FailureView): string {
  return attempts.at(-1)?.time ?? "";
}
