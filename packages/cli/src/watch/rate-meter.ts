const WINDOW_MS = 10_000;

/** Measures recent growth, over the last ten seconds, so that the rate follows changes. */
export class RateMeter {
  #samples: { readonly atMs: number; readonly done: number }[] = [];

  #lastGrowthAtMs: number | undefined;

  add(done: number, atMs: number): void {
    // What existed at the first sample may be of any age: measuring starts there.
    const last = this.#samples.at(-1);
    if (done !== last?.done) this.#lastGrowthAtMs = atMs;
    // Waiting time, such as for workers, must not lower the rate that follows.
    if (last !== undefined && done !== last.done && this.#samples[0]?.done === last.done)
      this.#samples = [last];
    this.#samples.push({ atMs, done });
    // Keep one sample from before the window as its start.
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? 0) < atMs - WINDOW_MS)
      this.#samples.shift();
  }

  /** When it last grew, or was first sampled. */
  get lastGrowthAtMs(): number | undefined {
    return this.#lastGrowthAtMs;
  }

  /** Undefined until it is known. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < 100) return undefined;
    return ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
  }

  /** Seconds until `remaining` more are done; undefined while there is no growth. */
  etaSeconds(remaining: number): number | undefined {
    const rate = this.perSecond;
    return rate === undefined || rate <= 0 ? undefined : remaining / rate;
  }
}
