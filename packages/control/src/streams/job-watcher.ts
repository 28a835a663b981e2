import { type Backend, isTerminal, type Job, type JobEvent, type Logger } from "@millrace/core";
import { jobEvent } from "../views/job-status-view.ts";

export interface JobWatcherOptions {
  /** How often a watched job's status is looked at. @default 100 */
  readonly statusMs?: number;
  /** Shortest time between two `progress` events of a job. @default 500 */
  readonly progressMs?: number;
}

/** Told what happens to a job; after `end` nothing comes. */
export interface JobListener {
  progress(event: JobEvent): void;
  end(event: JobEvent): void;
  error(error: unknown): void;
}

interface Watch {
  readonly listeners: Set<JobListener>;
  lastText: string;
  lastEvent?: JobEvent;
  lastSentMs: number;
  busy: boolean;
  readonly timer: NodeJS.Timeout;
}

/** Looks at jobs on behalf of their event streams: one poller a job, however many clients follow it. */
export class JobWatcher {
  readonly #backend: Backend;
  readonly #logger: Logger;
  readonly #statusMs: number;
  readonly #progressMs: number;
  readonly #watches = new Map<string, Watch>();

  constructor(backend: Backend, logger: Logger, options: JobWatcherOptions = {}) {
    this.#backend = backend;
    this.#logger = logger;
    this.#statusMs = options.statusMs ?? 100;
    this.#progressMs = options.progressMs ?? 500;
  }

  /** Number of jobs that are watched now. */
  get size(): number {
    return this.#watches.size;
  }

  /** Tells `listener` about the job, at once and on every change, until it is over or the returned function is called. */
  watch(jobId: string, listener: JobListener): () => void {
    const watch = this.#watches.get(jobId) ?? this.#begin(jobId);
    watch.listeners.add(listener);
    if (watch.lastEvent) listener.progress(watch.lastEvent);
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size === 0) this.#forget(jobId, watch);
    };
  }

  #begin(jobId: string): Watch {
    const watch: Watch = {
      listeners: new Set(),
      lastText: "",
      lastSentMs: Number.NEGATIVE_INFINITY,
      busy: false,
      timer: setInterval(() => void this.#look(jobId, watch), this.#statusMs),
    };
    this.#watches.set(jobId, watch);
    queueMicrotask(() => void this.#look(jobId, watch));
    return watch;
  }

  #forget(jobId: string, watch: Watch): void {
    clearInterval(watch.timer);
    if (this.#watches.get(jobId) === watch) this.#watches.delete(jobId);
  }

  async #look(jobId: string, watch: Watch): Promise<void> {
    if (watch.busy || watch.listeners.size === 0) return;
    watch.busy = true;
    try {
      const job = await this.#backend.ledger.jobs.get(jobId);
      const over = isTerminal(job.status);
      const changedStatus = job.status !== watch.lastEvent?.status;
      const due = performance.now() - watch.lastSentMs >= this.#progressMs;
      if (over || changedStatus || due) await this.#tell(job, watch);
      if (over) this.#forget(jobId, watch);
    } catch (error) {
      this.#logger.warn("cannot watch job", { job_id: jobId, error });
      for (const listener of watch.listeners) listener.error(error);
      this.#forget(jobId, watch);
    } finally {
      watch.busy = false;
    }
  }

  async #tell(job: Job, watch: Watch): Promise<void> {
    const event = await jobEvent(this.#backend, job);
    const over = isTerminal(job.status);
    const text = JSON.stringify(event);
    if (text !== watch.lastText) {
      watch.lastText = text;
      watch.lastEvent = event;
      watch.lastSentMs = performance.now();
      for (const listener of watch.listeners) listener.progress(event);
    }
    if (over) for (const listener of watch.listeners) listener.end(event);
  }
}
