import type { JobSpec, Logger, LogLine, WorkerBackend } from "@millrace/core";
import { explain } from "./explain.ts";

const GROUP_LINES = 500;
/** Failed attempts that are logged with their traceback. */
const FULL_FAILURES = 20;
/** Unwritten lines at which the predictor's prints are held back. */
const MAX_LINES = 4 * GROUP_LINES;

/** Whose log it is, and where it is written. */
export interface LogOwner {
  readonly backend: Pick<WorkerBackend, "logs" | "pace">;
  readonly job: Pick<JobSpec, "jobId">;
  readonly worker: number;
  readonly logger: Logger;
}

/** The worker's lines in the job's log: the predictor's prints and what happened to it, written in groups. */
export class WorkerLog {
  readonly #owner: LogOwner;
  #lines: LogLine[] = [];
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(owner: LogOwner) {
    this.#owner = owner;
  }

  /** Adds a line; the promise, if there is one, holds the writer back. */
  add(level: LogLine["level"], text: string, batch?: string): void | Promise<void> {
    const { worker } = this.#owner;
    this.#lines.push({ timeMs: Date.now(), level, worker, ...(batch !== undefined && { batch }), text });
    if (this.#lines.length >= GROUP_LINES) {
      const written = this.#write();
      return this.#lines.length >= MAX_LINES ? written : undefined;
    }
    this.#timer ??= setTimeout(() => void this.#write(), this.#owner.backend.pace.logGroupMs);
  }

  /** Adds a failed attempt of a batch: with its traceback while they are few, then in one line. The ledger keeps them all. */
  failure(batch: string, error: unknown): void {
    this.#failures += 1;
    const text = this.#failures <= FULL_FAILURES ? explain(error) : String((error as Error).message);
    void this.add("error", `batch ${batch} failed: ${text}`, batch);
  }

  /** Writes everything that was added. */
  async flush(): Promise<void> {
    await this.#write();
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(async () => {
      const lines = this.#lines;
      if (lines.length === 0) return;
      this.#lines = [];
      const { backend, job, worker, logger } = this.#owner;
      try {
        await backend.logs.append(job.jobId, worker, lines);
      } catch (error) {
        // Prints are worth less than results: a log that cannot be written must not stop the job.
        logger.error("log lines not written", { error, lines: lines.length });
      }
    });
    return this.#writing;
  }
}
