import type { RunContext } from "../context/worker-context.ts";

/** Share of the limit that is left after the predictor asked for fewer calls. */
const DECREASE = 0.5;

/**
 * Limits the calls in flight while the predictor asks for fewer by `RetryLater`: the limit is halved, and grows by one
 * for each limit's worth of answers (additive increase, multiplicative decrease).
 */
export class Throttle {
  readonly #context: Pick<RunContext, "sheet" | "log">;
  #limit = Number.POSITIVE_INFINITY;
  /** Answers to calls that were made before the last decrease say nothing about the new limit. */
  #ignored = 0;
  /** The job's log says it once; the status says how often. */
  #isTold = false;

  constructor(context: Pick<RunContext, "sheet" | "log">) {
    this.#context = context;
  }

  /** How many of `window` calls may be in flight. */
  window(window: number): number {
    return Math.min(window, this.#calls);
  }

  /** The predictor refused a call beside `others`, and said why. */
  refused(message: string, { others, atOnce }: { readonly others: number; readonly atOnce: number }): void {
    if (this.#ignored > 0) {
      this.#ignored -= 1;
      return;
    }
    if (!this.#isTold) {
      this.#isTold = true;
      void this.#context.log.add("warn", `slowed down by the predictor's back-pressure: ${message}`);
    }
    this.#ignored = others;
    this.#set(Math.max(1, Math.min(this.#limit, atOnce) * DECREASE));
  }

  /** A call succeeded. The limit is lifted when it exceeds what the predictor can take. */
  answered(atOnce: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    if (this.#ignored > 0) this.#ignored -= 1;
    const limit = this.#limit + 1 / this.#limit;
    this.#set(limit >= atOnce ? Number.POSITIVE_INFINITY : limit);
  }

  get #calls(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  #set(limit: number): void {
    this.#limit = limit;
    const { sheet } = this.#context;
    const { callLimit: _, ...others } = sheet.limits;
    sheet.limits = limit === Number.POSITIVE_INFINITY ? others : { ...others, callLimit: this.#calls };
  }
}
