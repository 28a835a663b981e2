import { type JobSpec, timeoutAtMs } from "@millrace/core";

/**
 * When jobs time out. The remaining time is computed from the wall clock once, when a job is first seen, and then
 * measured with the monotonic clock: a clock change never ends a job.
 */
export class Deadlines {
  readonly #now: () => number;
  readonly #monotonicMs: () => number;
  /** By job, on the monotonic clock. */
  readonly #dueMs = new Map<string, number>();

  constructor(clocks: { readonly now: () => number; readonly monotonicMs: () => number }) {
    this.#now = clocks.now;
    this.#monotonicMs = clocks.monotonicMs;
  }

  /** True when the job's time is up. */
  hasPassed(spec: JobSpec): boolean {
    const atMs = timeoutAtMs(spec);
    if (atMs === undefined) return false;
    const nowMs = this.#monotonicMs();
    const dueMs = this.#dueMs.get(spec.jobId) ?? nowMs + atMs - this.#now();
    this.#dueMs.set(spec.jobId, dueMs);
    return nowMs >= dueMs;
  }

  /** The jobs seen so far whose time is up. */
  passed(): readonly string[] {
    const nowMs = this.#monotonicMs();
    return [...this.#dueMs].filter(([, dueMs]) => nowMs >= dueMs).map(([jobId]) => jobId);
  }

  forget(jobId: string): void {
    this.#dueMs.delete(jobId);
  }
}
