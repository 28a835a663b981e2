const WINDOW_MS = 10_000;

/** How fast something grows lately: over the last ten seconds, so that the figure follows what happens. */
export class RateMeter {
  #samples: { readonly atMs: number; readonly done: number }[] = [];

  add(done: number, atMs: number): void {
    this.#samples.push({ atMs, done });
    // One sample from before the window stays, as its start.
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? 0) < atMs - WINDOW_MS)
      this.#samples.shift();
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
