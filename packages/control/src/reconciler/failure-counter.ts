import { type Backend, isMillraceError, type Logger, mayPass, retryDelayMs } from "@millrace/core";

/** About 30 s of ticks: disk space may be freed, a lock released. */
const MAX_FAILURES = 60;
/** About 15 minutes: infrastructure that is being changed rejects requests for a while. */
const MAX_MISCONFIGURED = 1_800;
/** About 20 minutes including the delays. */
const MAX_CLEAN_UPS = 45;

/** Counts consecutive failures to reconcile a job, so that a broken one ends instead of staying `running` forever. */
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

  /**
   * @returns whether the job was ended or was already over: a damaged one ends at once, others when the error persists
   */
  async failed(jobId: string, error: unknown): Promise<boolean> {
    const count = this.#count(jobId);
    // Logged once, and again when the job is given up; otherwise a corrupt job would fill the log at every tick.
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

  /** Delay in milliseconds before the clean-up is retried; undefined when it is abandoned. */
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
