import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { forEachAtOnce, isMillraceError, isTerminal, type Job, timeoutReason } from "@millrace/core";
import { cleanUp } from "./clean-up.ts";
import type { ReconcilerContext, ReconcilerOptions } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import { ExitMemory } from "./exit-memory.ts";
import { FailureCounter } from "./failure-counter.ts";
import { LostBatches } from "./lost-batches.ts";
import { Rota } from "./rota.ts";
import { superviseWorkers } from "./supervise-workers.ts";

/** Concurrent clean-ups when the service starts: thousands of jobs may have ended while it was down. */
const CLEAN_UPS_AT_START = 8;

/**
 * Brings running processes in line with the ledger: one loop over the jobs that are not over, driven by events, plus a
 * tick for jobs with running workers. Waiting jobs are left alone, however many there are; each is checked occasionally
 * to recover from lost events. The reconciler has no durable state: after a restart the service continues where it was.
 */
export class Reconciler {
  readonly #context: ReconcilerContext;
  readonly #tickMs: number;
  readonly #failures: FailureCounter;
  readonly #lost: LostBatches;
  readonly #deadlines: Deadlines;
  readonly #rota: Rota;
  readonly #woken = new Set<string>();
  readonly #cleaning = new Map<string, Promise<void>>();
  #active: ReadonlySet<string> = new Set();
  #stopped = false;
  #nudge: () => void = () => {};
  #running: Promise<void> | undefined;

  constructor(options: ReconcilerOptions) {
    this.#context = { ...options, exits: new ExitMemory() };
    this.#tickMs = options.tickMs ?? 500;
    this.#failures = new FailureCounter(options);
    this.#lost = new LostBatches(options);
    const monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#deadlines = new Deadlines({ now: options.now, monotonicMs });
    this.#rota = new Rota(() => options.backend.ledger.jobs.active());
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Checks the job now instead of at the next tick. */
  wake(jobId: string): void {
    this.#woken.add(jobId);
    this.#nudge();
  }

  /** Ends the loop; workers continue. Unfinished clean-ups are left to the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#nudge();
    await this.#running;
  }

  async #run(): Promise<void> {
    void this.#cleanUpWhatWasLeft();
    let nextTickMs = 0;
    while (!this.#stopped) {
      const tick = performance.now() >= nextTickMs;
      if (tick) nextTickMs = performance.now() + this.#tickMs;
      for (const jobId of await this.#due(tick)) {
        if (this.#stopped) return;
        await this.#reconcile(jobId);
        // The file-based ledger is synchronous: without this no request would be handled meanwhile.
        await setImmediate();
      }
      if (this.#woken.size === 0) await this.#sleep(nextTickMs - performance.now());
    }
  }

  /** Cleans up jobs from before this start that ended while the service was down, or whose clean-up did not finish. */
  async #cleanUpWhatWasLeft(): Promise<void> {
    const { backend, logger } = this.#context;
    try {
      const left = await backend.ledger.jobs.unsettled();
      const cleanUp = async (jobId: string) => {
        if (!this.#stopped) await this.#cleanUp(jobId);
      };
      await forEachAtOnce(left, cleanUp, { atOnce: CLEAN_UPS_AT_START });
    } catch (error) {
      logger.error("cannot look for jobs that ended", { error });
    }
  }

  /**
   * The jobs to check now: those that were woken and, at a tick, those with running workers or a deadline that has
   * passed.
   */
  async #due(tick: boolean): Promise<readonly string[]> {
    const due = new Set(this.#woken);
    this.#woken.clear();
    if (tick) {
      const { backend, logger } = this.#context;
      try {
        const busy = backend.pool.busyJobs?.() ?? (await this.#activeAndGone());
        for (const jobId of [...busy, ...this.#deadlines.passed(), ...(await this.#rota.next())])
          due.add(jobId);
      } catch (error) {
        logger.error("cannot list active jobs", { error });
      }
    }
    return [...due].filter((jobId) => !this.#cleaning.has(jobId));
  }

  /**
   * Where the pool cannot tell what is running: the jobs that are not over, and those that were active at the last
   * tick.
   */
  async #activeAndGone(): Promise<readonly string[]> {
    const active = new Set(await this.#context.backend.ledger.jobs.active());
    const gone = this.#active.difference(active);
    this.#active = active;
    return [...active, ...gone];
  }

  async #reconcile(jobId: string): Promise<void> {
    try {
      const workers = await this.#context.backend.pool.describe(jobId);
      // Read after the workers: a worker that is seen to have exited has written the job's end before.
      const job = await this.#context.backend.ledger.jobs.get(jobId);
      this.#context.webhooks.look(job);
      if (isTerminal(job.status) || (await this.#timesOut(job))) {
        void this.#cleanUp(jobId);
        return;
      }
      if (this.#enqueue(job)) await superviseWorkers(this.#context, job, workers);
      await this.#lost.look(job);
      this.#failures.forget(jobId);
    } catch (error) {
      if (isMillraceError(error, "job_not_found")) return this.#forget(jobId);
      if (await this.#failures.failed(jobId, error)) void this.#cleanUp(jobId);
    }
  }

  /** Ends a job whose timeout, counted from its submission, has passed; returns true if it did. */
  async #timesOut({ spec }: Job): Promise<boolean> {
    if (!this.#deadlines.hasPassed(spec)) return false;
    const { backend, enqueuer, now } = this.#context;
    const end = { atMs: now(), reason: timeoutReason(spec) };
    const ended = await backend.ledger.jobs.transition(spec.jobId, "timed_out", end);
    if (ended) enqueuer.cancel(spec.jobId);
    return ended;
  }

  /** Keeps an enqueuing job going; true when its workers may run. */
  #enqueue(job: Job): boolean {
    if (job.status === "running") return true;
    const { enqueuer } = this.#context;
    enqueuer.enqueue(job.spec.jobId);
    return job.spec.eagerStart && enqueuer.hasBegun(job.spec.jobId);
  }

  #cleanUp(jobId: string): Promise<void> {
    const under = this.#cleaning.get(jobId);
    if (under) return under;
    const run = this.#runCleanUp(jobId).finally(() => this.#cleaning.delete(jobId));
    this.#cleaning.set(jobId, run);
    return run;
  }

  /** Cleans up after a job; failures are retried for a while, with growing delays. */
  async #runCleanUp(jobId: string): Promise<void> {
    for (;;) {
      try {
        await cleanUp(this.#context, jobId);
        return this.#forget(jobId);
      } catch (error) {
        if (this.#stopped || isMillraceError(error, "job_not_found")) return this.#forget(jobId);
        const waitMs = this.#failures.cleanUpFailed(jobId, error);
        if (waitMs === undefined) return this.#forget(jobId);
        await delay(waitMs, undefined, { ref: false });
        if (this.#stopped) return;
      }
    }
  }

  #forget(jobId: string): void {
    this.#failures.forget(jobId);
    this.#lost.forget(jobId);
    this.#deadlines.forget(jobId);
    this.#context.exits.forgetJob(jobId);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms));
      this.#nudge = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#stopped) this.#nudge();
    });
  }
}
