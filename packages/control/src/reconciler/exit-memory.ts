/** When workers were first seen exited or silent, on a clock that stops while the machine sleeps. */
export class ExitMemory {
  readonly #seenMs = new Map<string, number>();

  /** Milliseconds since the worker was first seen in this state. */
  sinceMs(jobId: string, worker: number, state: "exited" | "stalled"): number {
    const key = `${jobId}/${worker}/${state}`;
    const nowMs = performance.now();
    const seenMs = this.#seenMs.get(key) ?? nowMs;
    this.#seenMs.set(key, seenMs);
    return nowMs - seenMs;
  }

  forget(jobId: string, worker: number, state: "exited" | "stalled"): void {
    this.#seenMs.delete(`${jobId}/${worker}/${state}`);
  }

  forgetJob(jobId: string): void {
    for (const key of this.#seenMs.keys()) if (key.startsWith(`${jobId}/`)) this.#seenMs.delete(key);
  }
}
