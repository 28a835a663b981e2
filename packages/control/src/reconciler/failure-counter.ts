import { type Backend, isMillraceError, type Logger, mayPass, retryDelayMs } from "@millrace/core";

/** About 30 s of ticks: a full disk may be freed, a lock let go. */
const MAX_FAILURES = 60;
/** About 15 minutes: infrastructure that is being changed refuses for a while. */
const MAX_MISCONFIGURED = 1_800;
/** With the waits between them about 20 minutes. */
const MAX_CLEAN_UPS = 45;

/** Counts how often in a row a job could not be reconciled, so that a broken one ends instead of staying `running` for ever. */
export class FailureCounter {
  readonly #backend: Backend;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #failures = new Map<string, number>();

  constructor(options: { readonly backend: Backend; readonly logger: Logger; readonly now: () => number }) {
    this.#backend = options.backend;
    this.#logger = options.logger;
    this.#now = options.now;
  }

  forget(jobId: string): void {
    this.#failures.delete(jobId);
  }

  /** @returns whether the job was ended, or was over already: a damaged one at once, others when it does not pass */
  async failed(jobId: string, error: unknown): Promise<boolean> {
    const count = this.#count(jobId);
    // Said once, and again when the job is given up; a corrupt one would fill the log at every tick.
    if (count === 1) this.#logger.error("cannot reconcile job", { job_id: jobId, error });
    const isCorrupt = isMillraceError(error, "state_corrupt");
    const most = isMillraceError(error, "backend_misconfigured") ? MAX_MISCONFIGURED : MAX_FAILURES;
    if (!isCorrupt && (mayPass(error) || count < most)) return false;
    const message = error instanceof Error ? error.message : String(error);
    const code = isMillraceError(error) ? error.code : "internal";
    try {
      const reason = { code, message: `The service cannot go on with the job: ${message}` };
      await this.#backend.ledger.jobs.transition(jobId, "unexpected_error", { atMs: this.#now(), reason });
      return true;
    } catch (cause) {
      if (count === 1) this.#logger.error("cannot end job", { job_id: jobId, error: cause });
      return false;
    }
  }

  /** How long to wait before the clean-up is tried again, milliseconds; undefined when it is given up. */
  cleanUpFailed(jobId: string, error: unknown): number | undefined {
    const count = this.#count(jobId);
    this.#logger.error("cannot clean up after job", { job_id: jobId, error, attempt: count });
    return count >= MAX_CLEAN_UPS ? undefined : retryDelayMs(count);
  }

  #count(jobId: string): number {
    const count = (this.#failures.get(jobId) ?? 0) + 1;
    this.#failures.set(jobId, count);
    return count;
  }
}
