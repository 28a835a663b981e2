import { setTimeout as delay } from "node:timers/promises";
import { isMillraceError, isTerminal, type Job } from "@millrace/core";
import { cleanUp } from "./clean-up.ts";
import type { ReconcilerContext, ReconcilerOptions } from "./context.ts";
import { enforceTimeout } from "./enforce-timeout.ts";
import { ExitMemory } from "./exit-memory.ts";
import { FailureCounter } from "./failure-counter.ts";
import { LostBatches } from "./requeue-lost.ts";
import { endedJobs, mayBeUnclean } from "./start-up-scan.ts";
import { superviseWorkers } from "./supervise-workers.ts";

/**
 * Brings what runs in line with what the ledger says: one loop over the jobs that are not over, every tick and on events.
 * It keeps nothing that matters: a restarted service goes on where it was.
 */
export class Reconciler {
  readonly #context: ReconcilerContext;
  readonly #tickMs: number;
  readonly #failures: FailureCounter;
  readonly #lost: LostBatches;
  readonly #woken = new Set<string>();
  /** Jobs seen that were not over; one that leaves `active()` must be cleaned up. */
  readonly #seen = new Set<string>();
  readonly #cleaning = new Map<string, Promise<void>>();
  #stopped = false;
  #nudge: () => void = () => {};
  #running: Promise<void> | undefined;

  constructor(options: ReconcilerOptions) {
    this.#context = { ...options, exits: new ExitMemory() };
    this.#tickMs = options.tickMs ?? 500;
    this.#failures = new FailureCounter(options);
    this.#lost = new LostBatches(options);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Looks at the job now instead of at the next tick. */
  wake(jobId: string): void {
    this.#woken.add(jobId);
    this.#nudge();
  }

  /** Ends the loop; workers go on. Clean-ups that are under way are left to the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#nudge();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { logger } = this.#context;
    try {
      for await (const job of endedJobs(this.#context.backend)) {
        this.#context.webhooks.look(job);
        if (mayBeUnclean(job, this.#context.now())) this.#cleanUp(job.spec.jobId);
      }
    } catch (error) {
      logger.error("cannot look for jobs that ended", { error });
    }
    let nextTickMs = 0;
    while (!this.#stopped) {
      const tick = performance.now() >= nextTickMs;
      if (tick) nextTickMs = performance.now() + this.#tickMs;
      for (const jobId of await this.#due(tick)) {
        if (this.#stopped) return;
        await this.#reconcile(jobId);
      }
      if (this.#woken.size === 0) await this.#sleep(nextTickMs - performance.now());
    }
  }

  /** The jobs to look at now: those that were woken, and at a tick all others, too. */
  async #due(tick: boolean): Promise<readonly string[]> {
    const due = new Set(this.#woken);
    this.#woken.clear();
    if (tick) {
      try {
        for (const jobId of await this.#context.backend.ledger.jobs.active()) due.add(jobId);
        for (const jobId of this.#seen) due.add(jobId);
      } catch (error) {
        this.#context.logger.error("cannot list active jobs", { error });
      }
    }
    return [...due].filter((jobId) => !this.#cleaning.has(jobId));
  }

  async #reconcile(jobId: string): Promise<void> {
    try {
      const workers = await this.#context.backend.pool.describe(jobId);
      // Read after the workers: one that is seen to have ended has written the job's end before.
      const job = await this.#context.backend.ledger.jobs.get(jobId);
      this.#context.webhooks.look(job);
      if (isTerminal(job.status)) return this.#cleanUp(jobId);
      this.#seen.add(jobId);
      if (await enforceTimeout(this.#context, job)) return this.#cleanUp(jobId);
      if (this.#enqueue(job)) await superviseWorkers(this.#context, job, workers);
      await this.#lost.look(job);
      this.#failures.forget(jobId);
    } catch (error) {
      if (isMillraceError(error, "job_not_found")) return this.#forget(jobId);
      await this.#failures.failed(jobId, error);
    }
  }

  /** Keeps an enqueuing job going; true when its workers may run. */
  #enqueue(job: Job): boolean {
    if (job.status === "running") return true;
    const { enqueuer } = this.#context;
    enqueuer.enqueue(job.spec.jobId);
    return job.spec.eagerStart && enqueuer.hasBegun(job.spec.jobId);
  }

  #cleanUp(jobId: string): void {
    this.#seen.add(jobId);
    if (this.#cleaning.has(jobId)) return;
    const run = this.#runCleanUp(jobId).finally(() => this.#cleaning.delete(jobId));
    this.#cleaning.set(jobId, run);
  }

  /** A clean-up that failed is tried again, later each time, for a while. */
  async #runCleanUp(jobId: string): Promise<void> {
    try {
      await cleanUp(this.#context, jobId);
      this.#forget(jobId);
    } catch (error) {
      if (this.#stopped) return;
      const waitMs = this.#failures.cleanUpFailed(jobId, error);
      if (waitMs === undefined) return this.#forget(jobId);
      // Until then it counts as being cleaned up: no tick begins it anew.
      await delay(waitMs, undefined, { ref: false });
    }
  }

  #forget(jobId: string): void {
    this.#seen.delete(jobId);
    this.#failures.forget(jobId);
    this.#lost.forget(jobId);
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
