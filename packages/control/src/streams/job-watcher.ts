import {
  type Backend,
  isTerminal,
  type Job,
  type JobEvent,
  type Logger,
  type WorkerRecord,
  type WorkersEvent,
} from "@millrace/core";
import { type JobFacts, jobEvent, workersEvent } from "../views/job-events.ts";
import { workerViews } from "../views/worker-view.ts";
import { WorkerChanges } from "./worker-changes.ts";

export interface JobWatcherOptions {
  /** How often a watched job's status is read. @default 100 */
  readonly statusMs?: number;
  /** Minimum time between two `progress` events of a job. @default 500 */
  readonly progressMs?: number;
  /** Minimum time between two reads of a job's workers, of which there may be thousands. @default 2000 */
  readonly workersMs?: number;
}

/** Receives the events of a job; nothing follows `end`. */
export interface JobListener {
  progress(event: JobEvent): void;
  /** New and changed workers; all of them the first time. */
  workers?(event: WorkersEvent): void;
  end(event: JobEvent): void;
  error(error: unknown): void;
}

interface Watch {
  readonly listeners: Set<JobListener>;
  readonly changes: WorkerChanges;
  facts?: JobFacts;
  /** When the workers were last read. */
  workersMs: number;
  lastText: string;
  lastEvent?: JobEvent;
  lastSentMs: number;
  busy: boolean;
  readonly timer: NodeJS.Timeout;
}

/** Polls jobs for their event streams: one poller per job, however many clients follow it. */
export class JobWatcher {
  readonly #backend: Backend;
  readonly #logger: Logger;
  readonly #every: Required<JobWatcherOptions>;
  readonly #watches = new Map<string, Watch>();

  constructor(backend: Backend, logger: Logger, options: JobWatcherOptions = {}) {
    this.#backend = backend;
    this.#logger = logger;
    this.#every = { statusMs: 100, progressMs: 500, workersMs: 2_000, ...options };
  }

  /** Number of jobs being watched. */
  get size(): number {
    return this.#watches.size;
  }

  /**
   * Notifies `listener` about the job, immediately and on every change, until it is over or the returned function is
   * called.
   */
  watch(jobId: string, listener: JobListener): () => void {
    const watch = this.#watches.get(jobId) ?? this.#begin(jobId);
    watch.listeners.add(listener);
    if (watch.lastEvent) listener.progress(watch.lastEvent);
    const { all } = watch.changes;
    if (watch.facts && all.length > 0) listener.workers?.(workersEvent(watch.facts, all));
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size === 0) this.#forget(jobId, watch);
    };
  }

  #begin(jobId: string): Watch {
    const watch: Watch = {
      listeners: new Set(),
      changes: new WorkerChanges(),
      workersMs: Number.NEGATIVE_INFINITY,
      lastText: "",
      lastSentMs: Number.NEGATIVE_INFINITY,
      busy: false,
      timer: setInterval(() => void this.#look(jobId, watch), this.#every.statusMs),
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
      const due = performance.now() - watch.lastSentMs >= this.#every.progressMs;
      if (over || changedStatus || due) await this.#tell(job, { watch, changedStatus });
      if (over) this.#forget(jobId, watch);
    } catch (error) {
      this.#logger.warn("cannot watch job", { job_id: jobId, error });
      for (const listener of watch.listeners) listener.error(error);
      this.#forget(jobId, watch);
    } finally {
      watch.busy = false;
    }
  }

  async #tell(job: Job, { watch, changedStatus }: { watch: Watch; changedStatus: boolean }): Promise<void> {
    const progress = await this.#backend.ledger.batches.progress(job.spec.jobId);
    const due = performance.now() - watch.workersMs >= this.#every.workersMs;
    const known = due || changedStatus ? undefined : watch.facts?.records;
    watch.facts = { job, progress, records: known ?? (await this.#lookAtWorkers(job, watch)) };
    const event = jobEvent(watch.facts);
    const text = JSON.stringify(event);
    if (text !== watch.lastText) {
      watch.lastText = text;
      watch.lastEvent = event;
      watch.lastSentMs = performance.now();
      for (const listener of watch.listeners) listener.progress(event);
    }
    const changed = watch.changes.take();
    if (changed.length > 0) {
      const workers = workersEvent(watch.facts, changed);
      for (const listener of watch.listeners) listener.workers?.(workers);
    }
    if (isTerminal(job.status)) for (const listener of watch.listeners) listener.end(event);
  }

  /** Reads their processes too if a listener needs more than the number of workers. */
  async #lookAtWorkers(job: Job, watch: Watch): Promise<readonly WorkerRecord[]> {
    const { jobId } = job.spec;
    watch.workersMs = performance.now();
    const isAsked = [...watch.listeners].some(({ workers }) => workers !== undefined);
    const [records, processes] = await Promise.all([
      this.#backend.ledger.workers.list(jobId),
      isAsked && !isTerminal(job.status) ? this.#backend.pool.describe(jobId) : [],
    ]);
    if (isAsked) watch.changes.see(workerViews(records, processes));
    return records;
  }
}
