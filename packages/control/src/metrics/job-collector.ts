import { setImmediate } from "node:timers/promises";
import {
  type Backend,
  forEachAtOnce,
  isMillraceError,
  isTerminal,
  type Job,
  type Logger,
  mayPass,
} from "@millrace/core";
import { ApiLabels } from "./api-labels.ts";
import { addCounts, countsOf, type JobCounts, NO_COUNTS } from "./job-counts.ts";
import { setGauges } from "./job-gauges.ts";
import { beginCounters, type JobMetricSet } from "./job-metrics.ts";
import { type JobLook, lookAtJob } from "./look-at-job.ts";

export interface JobCollectorOptions {
  readonly backend: Backend;
  readonly logger: Logger;
  readonly metrics: JobMetricSet;
  /** Called for each job that cannot be read. */
  readonly onError: () => void;
  readonly now: () => number;
}

/** A job that is not over as far as is known. */
interface Tracked {
  readonly job: Job;
  /** What the counters already include for it. */
  readonly counted: JobCounts;
}

/**
 * Turns the ledger into metrics. A pass reads the jobs that are not over, and once more each remembered job that has
 * ended since the last pass. Jobs that ended before cost nothing, however many there are.
 */
export class JobCollector {
  readonly #options: JobCollectorOptions;
  readonly #labels = new ApiLabels();
  readonly #tracked = new Map<string, Tracked>();
  /** Submitted since the last pass. */
  readonly #submitted = new Set<string>();
  /** Jobs older than this predate this start of the service: what they had then is not counted. */
  readonly #sinceMs: number;

  constructor(options: JobCollectorOptions) {
    this.#options = options;
    this.#sinceMs = options.now();
  }

  /** Minimum number of jobs that the next pass will read. */
  get size(): number {
    return this.#tracked.size + this.#submitted.size;
  }

  /** Remembers a new job, which may end before the next scrape. */
  submitted(jobId: string): void {
    this.#submitted.add(jobId);
  }

  /** @throws {MillraceError} when the ledger cannot be read */
  async collect(): Promise<void> {
    const { backend, metrics, now } = this.#options;
    const active = new Set(await backend.ledger.jobs.active());
    const looks: JobLook[] = [];
    await forEachAtOnce(new Set([...active, ...this.#tracked.keys(), ...this.#submitted]), async (jobId) => {
      const look = await this.#look(jobId, active.has(jobId));
      if (look) looks.push(look);
    });
    for (const { name } of await backend.ledger.apis.list()) beginCounters(metrics, this.#labels.of(name));
    setGauges(metrics, looks, { labels: this.#labels, nowMs: now() });
  }

  /** The job's current state, if it is not over. A job that cannot be read must not hide the others. */
  async #look(jobId: string, isActive: boolean): Promise<JobLook | undefined> {
    try {
      // Indexes lag: a job that is not listed as active may have just started.
      const known = isActive ? this.#tracked.get(jobId)?.job : undefined;
      const job = known ?? (await this.#options.backend.ledger.jobs.get(jobId));
      const look = await lookAtJob(this.#options.backend, job);
      this.#count(job, look);
      this.#submitted.delete(jobId);
      // The file-based ledger is synchronous: without this no request would be handled meanwhile.
      await setImmediate();
      return isTerminal(job.status) ? undefined : look;
    } catch (error) {
      this.#failed(jobId, error);
      return undefined;
    }
  }

  #count(job: Job, look: JobLook): void {
    const { metrics } = this.#options;
    const { jobId, apiName, createdAtMs } = job.spec;
    const api = this.#labels.of(apiName);
    const seen = countsOf(look);
    const before = this.#tracked.get(jobId)?.counted;
    // With lagging indexes, a job that ended and was counted may be listed as active again.
    if (!before && isTerminal(job.status) && !this.#submitted.has(jobId)) return;
    const isNew = createdAtMs >= this.#sinceMs;
    if (!before) {
      beginCounters(metrics, api);
      if (isNew) metrics.submitted.inc({ api });
    }
    const counted = addCounts(metrics, api, { before: before ?? (isNew ? NO_COUNTS : seen), seen });
    if (!isTerminal(job.status)) {
      this.#tracked.set(jobId, { job, counted });
      return;
    }
    this.#tracked.delete(jobId);
    metrics.ended.inc({ api, status: job.status });
    if (job.endedAtMs !== undefined) {
      metrics.duration.observe({ api }, Math.max(0, job.endedAtMs - createdAtMs) / 1_000);
    }
  }

  /** A job that may become readable is retried at the next pass; a damaged or deleted one is not. */
  #failed(jobId: string, error: unknown): void {
    if (!mayPass(error)) {
      this.#tracked.delete(jobId);
      this.#submitted.delete(jobId);
    }
    if (isMillraceError(error, "job_not_found")) return;
    this.#options.onError();
    this.#options.logger.warn("cannot read job for metrics", { job_id: jobId, error });
  }
}
