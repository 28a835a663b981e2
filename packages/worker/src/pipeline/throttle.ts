/** Share of the limit that is left after the predictor asked for fewer calls. */
const DECREASE = 0.5;

/**
 * Limits the calls in flight while the predictor asks for fewer by `RetryLater`: the limit is halved, and grows by one
 * for each limit's worth of answers (additive increase, multiplicative decrease).
 */
export class Throttle {
  #limit = Number.POSITIVE_INFINITY;
  /** Answers to calls that were made before the last decrease say nothing about the new limit. */
  #ignored = 0;

  /** How many of `window` calls may be in flight. */
  window(window: number): number {
    return Math.min(window, Math.max(1, Math.floor(this.#limit)));
  }

  /** A call beside `others` was refused. @returns true if this is the first time since the limit was lifted */
  refused(others: number, atOnce: number): boolean {
    if (this.#ignored > 0) {
      this.#ignored -= 1;
      return false;
    }
    const isFirst = this.#limit === Number.POSITIVE_INFINITY;
    this.#limit = Math.max(1, Math.min(this.#limit, atOnce) * DECREASE);
    this.#ignored = others;
    return isFirst;
  }

  /** A call succeeded. The limit is lifted when it exceeds what the predictor can take. */
  answered(atOnce: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    if (this.#ignored > 0) this.#ignored -= 1;
    this.#limit += 1 / this.#limit;
    if (this.#limit >= atOnce) this.#limit = Number.POSITIVE_INFINITY;
  }
}
