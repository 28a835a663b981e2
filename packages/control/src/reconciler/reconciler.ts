import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { forEachAtOnce, isMillraceError, isTerminal, type Job, timeoutReason } from "@millrace/core";
import { cleanUp } from "./clean-up.ts";
import type { ReconcilerContext, ReconcilerOptions } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import { ExitMemory } from "./exit-memory.ts";
import { FailureCounter } from "./failure-counter.ts";
import { LostBatches } from "./requeue-lost.ts";
import { Rota } from "./rota.ts";
import { superviseWorkers } from "./supervise-workers.ts";

/** Jobs that are cleaned up after at once when the service starts: thousands may have ended while none was there. */
const CLEAN_UPS_AT_START = 8;

/**
 * Brings what runs in line with what the ledger says: one loop over the jobs that are not over, on events, and every tick
 * over those of which something runs. Jobs that wait are left alone, however many there are; each has a turn now and then,
 * which repairs events that were lost. It keeps nothing that matters: a restarted service goes on where it was.
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
    void this.#cleanUpWhatWasLeft();
    let nextTickMs = 0;
    while (!this.#stopped) {
      const tick = performance.now() >= nextTickMs;
      if (tick) nextTickMs = performance.now() + this.#tickMs;
      for (const jobId of await this.#due(tick)) {
        if (this.#stopped) return;
        await this.#reconcile(jobId);
        // A ledger of files never waits: without this nobody would be answered meanwhile.
        await setImmediate();
      }
      if (this.#woken.size === 0) await this.#sleep(nextTickMs - performance.now());
    }
  }

  /** Of an earlier life: jobs that ended while no service was there, or were not cleaned up to the end. */
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

  /** The jobs to look at now: those that were woken, and at a tick those of which something runs or is due. */
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

  /** Where the pool cannot tell what runs: the jobs that are not over, and those that were not at the last tick. */
  async #activeAndGone(): Promise<readonly string[]> {
    const active = new Set(await this.#context.backend.ledger.jobs.active());
    const gone = this.#active.difference(active);
    this.#active = active;
    return [...active, ...gone];
  }

  async #reconcile(jobId: string): Promise<void> {
    try {
      const workers = await this.#context.backend.pool.describe(jobId);
      // Read after the workers: one that is seen to have ended has written the job's end before.
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

  /** Ends a job whose timeout has passed, counted from its submission; true when it did. */
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

  /** A clean-up that failed is tried again, later each time, for a while. */
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
