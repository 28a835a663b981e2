import type { JobSpec, Logger, LogLine, WorkerBackend } from "@millrace/core";
import { explain } from "./explain.ts";

const GROUP_LINES = 500;
/** Number of failed attempts that are logged with their traceback. */
const FULL_FAILURES = 20;
/** Number of unwritten lines at which reading the predictor's output pauses. */
const MAX_LINES = 4 * GROUP_LINES;

/** Whose log it is, and where it is written. */
export interface LogOwner {
  readonly backend: Pick<WorkerBackend, "logs" | "pace">;
  readonly job: Pick<JobSpec, "jobId">;
  readonly worker: number;
  readonly logger: Logger;
}

/** The worker's lines in the job's log: the predictor's output and events, written in groups. */
export class WorkerLog {
  readonly #owner: LogOwner;
  #lines: LogLine[] = [];
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(owner: LogOwner) {
    this.#owner = owner;
  }

  /** Adds a line; a returned promise applies backpressure to the writer. */
  add(level: LogLine["level"], text: string, batch?: string): void | Promise<void> {
    const { worker } = this.#owner;
    this.#lines.push({ timeMs: Date.now(), level, worker, ...(batch !== undefined && { batch }), text });
    if (this.#lines.length >= GROUP_LINES) {
      const written = this.#write();
      return this.#lines.length >= MAX_LINES ? written : undefined;
    }
    this.#timer ??= setTimeout(() => void this.#write(), this.#owner.backend.pace.logGroupMs);
  }

  /**
   * Logs a failed attempt of a batch: the first few with a traceback, later ones in one line. The ledger keeps them
   * all.
   */
  failure(batch: string, error: unknown): void {
    this.#failures += 1;
    const text = this.#failures <= FULL_FAILURES ? explain(error) : String((error as Error).message);
    void this.add("error", `batch ${batch} failed: ${text}`, batch);
  }

  /** Writes everything that has been added. */
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
        // Log lines matter less than results: an unwritable log must not stop the job.
        logger.error("log lines not written", { error, lines: lines.length });
      }
    });
    return this.#writing;
  }
}
