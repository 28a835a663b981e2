import { type Backend, type Logger, MillraceError } from "@millrace/core";
import type { FromThread, TaskKind, ToThread } from "./messages.ts";
import { TaskQueue } from "./task-queue.ts";

/** Datasets that are split concurrently; more would only compete for the one thread. */
const MAX_RUNNING = 8;
/** A job whose tasks have killed the thread this often is not retried. */
const MAX_DEATHS = 3;
const RESTART_DELAY_MS = 200;

/** The thread as the enqueuer sees it: messages in, messages out. */
export interface EnqueuerThread {
  send(message: ToThread): void;
  onMessage(listener: (message: FromThread) => void): void;
  /** Called once, when the thread has ended; `error` says why if it crashed. */
  onExit(listener: (error: Error | undefined) => void): void;
  /** Ends the thread at once. */
  terminate(): Promise<void>;
}

export interface EnqueuerOptions {
  readonly backend: Backend;
  readonly logger: Logger;
  readonly startThread: () => EnqueuerThread;
  /** Called when a job's first batches are queued, and when its task is done. */
  readonly onChange: (jobId: string) => void;
  readonly now: () => number;
}

/**
 * Splits datasets off the HTTP event loop, in one warm thread. The thread may crash, for example on an item larger than
 * its memory. It is then restarted, and the jobs that were running in it run one at a time until it is clear which one
 * kills it.
 */
export class Enqueuer {
  readonly #options: EnqueuerOptions;
  readonly #tasks = new TaskQueue(MAX_RUNNING);
  readonly #begun = new Set<string>();
  #thread: EnqueuerThread | undefined;
  #stopping = false;
  #restart: NodeJS.Timeout | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: EnqueuerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stopping || this.#thread) return;
    const thread = this.#options.startThread();
    this.#thread = thread;
    thread.onMessage((message) => this.#onMessage(message));
    this.#ended = new Promise((resolve) => {
      thread.onExit((error) => {
        resolve();
        this.#thread = undefined;
        if (!this.#stopping) this.#onDeath(error);
      });
    });
    this.#dispatch();
  }

  /** Starts splitting the job's dataset; a job that is already in progress is left alone. */
  enqueue(jobId: string): void {
    if (this.#stopping) return;
    this.#tasks.add("enqueue", jobId);
    this.#dispatch();
  }

  /** True once some of the job's batches are in the queue. */
  hasBegun(jobId: string): boolean {
    return this.#begun.has(jobId);
  }

  /** Stops splitting the job's dataset, because the job is over. */
  cancel(jobId: string): void {
    this.#begun.delete(jobId);
    if (!this.#tasks.has("enqueue", jobId)) return;
    this.#tasks.dropWaiting("enqueue", jobId);
    this.#thread?.send({ type: "cancel", jobId });
  }

  /** Composes the output of a job that ended early. @throws {MillraceError} internal when it could not be composed */
  compose(jobId: string): Promise<void> {
    if (this.#stopping) return Promise.reject(stoppingError());
    const done = this.#tasks.add("compose", jobId);
    this.#dispatch();
    return done;
  }

  /** Ends the thread at its next checkpoint; the rest resumes at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#tasks.rejectAll(stoppingError());
    const thread = this.#thread;
    if (!thread) return;
    thread.send({ type: "stop" });
    const patience = setTimeout(() => void thread.terminate(), 5_000);
    await this.#ended;
    clearTimeout(patience);
  }

  #dispatch(): void {
    const thread = this.#thread;
    if (!thread) return;
    for (const { kind, jobId } of this.#tasks.takeRunnable()) thread.send({ type: "task", kind, jobId });
  }

  #onMessage(message: FromThread): void {
    if (message.type === "ready") return;
    if (message.type === "stopped") {
      void this.#thread?.terminate();
      return;
    }
    if (message.type === "begun") {
      this.#begun.add(message.jobId);
      this.#options.onChange(message.jobId);
      return;
    }
    const { kind, jobId, problem } = message;
    if (kind === "enqueue") this.#begun.delete(jobId);
    this.#tasks.finish(kind, jobId, problem === undefined ? undefined : composeError(jobId, problem));
    this.#options.onChange(jobId);
    this.#dispatch();
  }

  #onDeath(error: Error | undefined): void {
    this.#options.logger.error("enqueuer thread died, starting it again", { error });
    for (const task of this.#tasks.chargeRunning()) {
      if (task.deaths >= MAX_DEATHS) void this.#giveUp(task.kind, task.jobId);
    }
    this.#restart = setTimeout(() => this.start(), RESTART_DELAY_MS);
  }

  async #giveUp(kind: TaskKind, jobId: string): Promise<void> {
    const { backend, logger, now, onChange } = this.#options;
    const why = `it ended the enqueuer ${MAX_DEATHS} times, most likely because memory ran out`;
    this.#tasks.finish(kind, jobId, composeError(jobId, why));
    if (kind === "compose") return;
    const message = `Cannot split the dataset: ${why}; look for an item of hundreds of megabytes and split it`;
    try {
      await backend.ledger.jobs.transition(jobId, "enqueue_failed", {
        atMs: now(),
        reason: { code: "item_too_large", message },
      });
      await backend.logs.append(jobId, null, [
        { timeMs: now(), level: "error", worker: null, text: message },
      ]);
    } catch (error) {
      logger.error("cannot end job", { job_id: jobId, error });
    }
    onChange(jobId);
  }
}

function stoppingError(): MillraceError {
  return new MillraceError("unavailable", "Cannot take a task: the service is stopping");
}

function composeError(jobId: string, problem: string): MillraceError {
  return new MillraceError("internal", `Cannot compose the output of job "${jobId}": ${problem}`);
}
