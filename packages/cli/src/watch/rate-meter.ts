const WINDOW_MS = 10_000;

/** How fast something grows lately: over the last ten seconds, so that the figure follows what happens. */
export class RateMeter {
  #samples: { readonly atMs: number; readonly done: number }[] = [];

  #lastGrowthAtMs: number | undefined;

  add(done: number, atMs: number): void {
    // What was there at the first look may be from any time: it is waited for from then on.
    const last = this.#samples.at(-1);
    if (done !== last?.done) this.#lastGrowthAtMs = atMs;
    // A wait, such as for workers, is no part of the speed that comes after it.
    if (last !== undefined && done !== last.done && this.#samples[0]?.done === last.done)
      this.#samples = [last];
    this.#samples.push({ atMs, done });
    // One sample from before the window stays, as its start.
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? 0) < atMs - WINDOW_MS)
      this.#samples.shift();
  }

  /** When it last grew, or was first looked at. */
  get lastGrowthAtMs(): number | undefined {
    return this.#lastGrowthAtMs;
  }

  /** Undefined until it can be told. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < 100) return undefined;
    return ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
  }

  /** Seconds until `remaining` more are done; undefined while nothing moves. */
  etaSeconds(remaining: number): number | undefined {
    const rate = this.perSecond;
    return rate === undefined || rate <= 0 ? undefined : remaining / rate;
  }
}
