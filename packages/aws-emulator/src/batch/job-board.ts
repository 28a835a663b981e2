import { hasEnded, type Job, type JobStatus } from "./job.ts";

export type ChangeListener = (job: Job, from: JobStatus) => void;

/** All jobs by id; the only place where a status changes. */
export class JobBoard {
  readonly #jobs = new Map<string, Job>();
  readonly #listeners: ChangeListener[] = [];

  add(job: Job): void {
    this.#jobs.set(job.id, job);
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  all(): Iterable<Job> {
    return this.#jobs.values();
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  /** A finished job never changes: of two simultaneous ends, the first counts. */
  change(job: Job, status: JobStatus, statusReason?: string): void {
    if (hasEnded(job)) return;
    const from = job.status;
    job.status = status;
    job.statusReason = statusReason;
    if (status === "RUNNABLE") job.startedAtMs = undefined;
    if (status === "RUNNING") job.startedAtMs = job.run?.record.startedAtMs;
    if (hasEnded(job)) job.stoppedAtMs = job.attempts.at(-1)?.stoppedAtMs ?? Date.now();
    for (const listener of this.#listeners) listener(job, from);
  }
}
