import type { Backend, Job, JobSummary, Logger } from "@millrace/core";
import { summarize } from "../views/summarize-jobs.ts";

export interface JobListWatcherOptions {
  /** Interval between reads. @default 1000 */
  readonly lookMs?: number;
}

/** Receives new and changed jobs. */
export type JobsListener = (jobs: readonly JobSummary[]) => void;

/**
 * Jobs that are read each time: the newest, and as many that have been running for longer; more than anyone can follow.
 */
const NEWEST = 200;

/** Polls the newest jobs for all clients that follow the list: one poller, however many clients there are. */
export class JobListWatcher {
  readonly #backend: Backend;
  readonly #logger: Logger;
  readonly #lookMs: number;
  readonly #listeners = new Set<JobsListener>();
  /** Each job's last summary; undefined before the first read. */
  #seen: ReadonlyMap<string, string> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(backend: Backend, logger: Logger, options: JobListWatcherOptions = {}) {
    this.#backend = backend;
    this.#logger = logger;
    this.#lookMs = options.lookMs ?? 1_000;
  }

  /** Number of clients following. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Notifies `listener` of every job that changes from now on, until the returned function is called. */
  watch(listener: JobsListener): () => void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => void this.#look(), this.#lookMs);
    if (this.#listeners.size === 1) void this.#look();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#seen = undefined;
    };
  }

  async #look(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const before = this.#seen;
      const summaries = await summarize(this.#backend, await this.#jobs());
      const seen = new Map(summaries.map((summary) => [summary.job_id, JSON.stringify(summary)]));
      if (this.#listeners.size === 0) return;
      this.#seen = seen;
      // Clients list the jobs once they follow: what was there before is not news.
      if (!before) return;
      const changed = summaries.filter(({ job_id }) => seen.get(job_id) !== before.get(job_id));
      if (changed.length > 0) for (const listener of this.#listeners) listener(changed);
    } catch (error) {
      this.#logger.warn("cannot look at the jobs", { error });
    } finally {
      this.#busy = false;
    }
  }

  async #jobs(): Promise<readonly Job[]> {
    const { jobs } = this.#backend.ledger;
    const newest = await jobs.list({ limit: NEWEST });
    const known = new Set(newest.map(({ spec }) => spec.jobId));
    const older = (await jobs.active()).filter((jobId) => !known.has(jobId)).slice(0, NEWEST);
    // A job that was deleted meanwhile, or cannot be read, must not hide the others.
    const found = await Promise.all(older.map((jobId) => jobs.get(jobId).catch(() => undefined)));
    return [...newest, ...found.filter((job) => job !== undefined)];
  }
}
