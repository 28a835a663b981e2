import type { Arns } from "./arns.ts";
import { countChild, newChild, newJob } from "./array-jobs.ts";
import { Attempt } from "./attempt.ts";
import type { Faults } from "./faults.ts";
import { hasEnded, type Job, type JobStatus, type Submission } from "./job.ts";
import type { JobBoard } from "./job-board.ts";
import type { Settings } from "./options.ts";
import { isRetried } from "./retry-decision.ts";
import type { Scheduler } from "./scheduler.ts";
import { attemptSteps } from "./task.ts";
import type { Timers } from "./timers.ts";

export interface LifecycleContext {
  readonly settings: Settings;
  readonly board: JobBoard;
  readonly scheduler: Scheduler;
  readonly timers: Timers;
  readonly faults: Faults;
  readonly arns: Arns;
}

/** ECS checks this when the task starts, long after SubmitJob has answered. */
const MAX_OVERRIDES_CHARACTERS = 8_192;

/** Moves jobs through their statuses: SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, then a final one. */
export class Lifecycle {
  readonly #context: LifecycleContext;
  readonly #dependents = new Map<string, Job[]>();
  #sequence = 0;

  constructor(context: LifecycleContext) {
    this.#context = context;
    context.board.onChange((job, from) => this.#changed(job, from));
  }

  submit(submission: Submission): Job {
    const { board, timers, settings, arns } = this.#context;
    const job = newJob(submission, { arns, sequence: ++this.#sequence });
    board.add(job);
    for (const id of submission.dependsOn) {
      this.#dependents.set(id, [...(this.#dependents.get(id) ?? []), job]);
    }
    timers.after(settings.delays.submittedMs, () => this.#evaluate(job));
    return job;
  }

  /** Starts a RUNNABLE job that has been given capacity; called by the scheduler. */
  async start(job: Job): Promise<void> {
    const { board, scheduler, timers, settings } = this.#context;
    const { delays, stopTimeoutMs, timeoutSecondMs } = settings;
    const { overridesCharacters, timeoutSeconds } = job.submission;
    if (overridesCharacters > MAX_OVERRIDES_CHARACTERS) return this.#refuseOverrides(job);
    let takeBackTimeout = () => {};
    const steps = attemptSteps(job, {
      ...this.#context,
      running: () => {
        board.change(job, "RUNNING");
        if (timeoutSeconds === undefined) return;
        const cause = { statusReason: "Job attempt duration exceeded timeout", isFinal: true };
        takeBackTimeout = timers.after(timeoutSeconds * timeoutSecondMs, () =>
          attempt.stop(cause, stopTimeoutMs),
        );
      },
    });
    const attempt = new Attempt(steps);
    job.run = attempt;
    board.change(job, "STARTING");
    await attempt.run();
    takeBackTimeout();
    await timers.delay(delays.endedMs);
    job.attempts.push(attempt.record);
    job.run = undefined;
    this.#conclude(job, attempt);
    scheduler.release(job);
  }

  /** Ends a job that has not started; a parent ends with its children. */
  fail(job: Job, reason: string): void {
    this.#context.board.change(job, "FAILED", reason);
  }

  #refuseOverrides(job: Job): void {
    const { board, scheduler, timers, settings } = this.#context;
    board.change(job, "STARTING");
    timers.after(settings.delays.startingMs, () => {
      this.fail(
        job,
        job.stopReason ?? `Container Overrides length must be at most ${MAX_OVERRIDES_CHARACTERS}`,
      );
      scheduler.release(job);
    });
  }

  #conclude(job: Job, { record, cause }: Attempt): void {
    const { retryStrategy } = job.submission;
    const mayRetry = !job.isTerminated && job.attempts.length < retryStrategy.attempts;
    const reason = (job.isTerminated ? job.stopReason : undefined) ?? record.statusReason ?? "";
    if (cause !== undefined && (job.isTerminated || cause.isFinal)) this.fail(job, reason);
    else if (record.exitCode === 0) this.#context.board.change(job, "SUCCEEDED", record.statusReason);
    else if (mayRetry && isRetried(retryStrategy, record)) this.#queue(job);
    else this.fail(job, reason);
  }

  #evaluate(job: Job): void {
    if (hasEnded(job)) return;
    const { board, timers, settings } = this.#context;
    const needed = job.submission.dependsOn.map((id) => board.get(id)?.status ?? "SUCCEEDED");
    if (needed.includes("FAILED")) {
      this.fail(job, "Dependent Job failed");
      return;
    }
    const waits = needed.some((status) => status !== "SUCCEEDED");
    if ((waits || job.array !== undefined) && job.status === "SUBMITTED") board.change(job, "PENDING");
    if (waits) return;
    if (job.array === undefined) this.#queue(job);
    else {
      const { children } = job.array;
      this.#spawnChildren(job);
      timers.after(settings.delays.pendingMs, () => {
        for (const child of children) if (!hasEnded(child)) this.#queue(child);
      });
    }
  }

  #spawnChildren(parent: Job): void {
    const { array } = parent;
    if (array === undefined) return;
    for (let index = 0; index < array.size; index++) {
      const child = newChild(parent, index, this.#context);
      array.children.push(child);
      this.#context.board.add(child);
      this.#count(parent, { from: undefined, to: child.status });
    }
  }

  #queue(job: Job): void {
    const { board, scheduler, timers, settings } = this.#context;
    board.change(job, "RUNNABLE");
    timers.after(settings.delays.runnableMs, () => {
      if (!hasEnded(job)) scheduler.add(job);
    });
  }

  #changed(job: Job, from: JobStatus): void {
    if (job.parent !== undefined) this.#count(job.parent, { from, to: job.status });
    if (!hasEnded(job)) return;
    const dependents = this.#dependents.get(job.id) ?? [];
    this.#dependents.delete(job.id);
    for (const dependent of dependents) this.#evaluate(dependent);
  }

  #count(parent: Job, change: { readonly from: JobStatus | undefined; readonly to: JobStatus }): void {
    const { board, timers, settings } = this.#context;
    const { array } = parent;
    if (array === undefined) return;
    const { allEnded } = countChild({ array, ...change }, (show) =>
      timers.after(settings.summaryLagMs, show),
    );
    if (!allEnded) return;
    timers.after(settings.delays.endedMs, () => {
      if (array.live.FAILED === 0) board.change(parent, "SUCCEEDED");
      else this.fail(parent, parent.stopReason ?? "Array Child Job failed");
    });
  }
}
