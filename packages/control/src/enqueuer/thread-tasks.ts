import { composeOutput, isMillraceError } from "@millrace/core";
import { endFailedJob, isWorthAnotherTry, waitBeforeRetry } from "./enqueue-failure.ts";
import { enqueueJob } from "./enqueue-job.ts";
import type { TaskKind } from "./messages.ts";
import type { ThreadContext } from "./thread-context.ts";

interface RunningTask {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** The tasks within the thread: they take turns at every read and write. */
export class ThreadTasks {
  readonly #context: ThreadContext;
  readonly #enqueuing = new Map<string, RunningTask>();
  readonly #composing = new Set<Promise<void>>();

  constructor(context: ThreadContext) {
    this.#context = context;
  }

  run(kind: TaskKind, jobId: string): void {
    if (kind === "compose") {
      const run = this.#compose(jobId).finally(() => this.#composing.delete(run));
      this.#composing.add(run);
      return;
    }
    const abort = new AbortController();
    const ended = this.#enqueue(jobId, abort.signal).finally(() => this.#enqueuing.delete(jobId));
    this.#enqueuing.set(jobId, { abort, ended });
  }

  cancel(jobId: string): void {
    this.#enqueuing.get(jobId)?.abort.abort();
  }

  /** Ends every dataset at its next checkpoint, and lets outputs being composed finish. */
  async stop(): Promise<void> {
    for (const { abort } of this.#enqueuing.values()) abort.abort();
    await Promise.all([...[...this.#enqueuing.values()].map(({ ended }) => ended), ...this.#composing]);
  }

  async #enqueue(jobId: string, signal: AbortSignal): Promise<void> {
    const { send, logger } = this.#context;
    for (let attempt = 1; ; attempt++) {
      try {
        await enqueueJob(this.#context, jobId, signal);
        break;
      } catch (error) {
        if (signal.aborted) break;
        logger.warn("cannot enqueue job", { job_id: jobId, attempt, error });
        if (isWorthAnotherTry(error, attempt)) {
          await waitBeforeRetry(attempt, signal);
          continue;
        }
        await endFailedJob(this.#context, jobId, error);
        break;
      }
    }
    send({ type: "done", kind: "enqueue", jobId });
  }

  async #compose(jobId: string): Promise<void> {
    const { backend, logger, send } = this.#context;
    const done = { type: "done", kind: "compose", jobId } as const;
    try {
      await composeOutput(backend, await backend.ledger.jobs.get(jobId));
      send(done);
    } catch (error) {
      logger.error("cannot compose output", { job_id: jobId, error });
      // A damaged file stays damaged: a retry would change nothing.
      if (isMillraceError(error, "state_corrupt")) send(done);
      else send({ ...done, problem: error instanceof Error ? error.message : String(error) });
    }
  }
}
