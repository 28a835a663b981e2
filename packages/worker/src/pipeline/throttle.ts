import type { RunContext } from "../context/worker-context.ts";

/** Share of the limit that is left after the predictor asked for fewer calls. */
const DECREASE = 0.5;
/** A limit is judged by so many results of calls made under it, or twice as many as it admits. */
const MIN_ROUND = 16;
const ROUNDS = 2;
/** So many refusals are enough if nothing else came of a limit. */
const MIN_REFUSED = 4;
/** The limit grows by this share of the calls that the predictor takes, for each limit's worth of answers. */
const INCREASE = 1 / 32;
/** Standard deviations by which refusals may be more frequent than those that were not due to the number of calls. */
const TOLERANCE = 2.5;

/** A service that refuses more than this is spared, whatever the cause. */
const MAX_TOLERATED = 0.5;

/** Results of calls that were made under one limit. */
interface Round {
  results: number;
  refused: number;
}

/** What is known of a limit, when it was lowered. */
interface Judged {
  readonly limit: number;
  /** Share of the calls that were refused. */
  readonly share: number;
}

export interface Pace {
  /** The calls in flight beside this one. */
  readonly others: number;
  /** How many the predictor takes. */
  readonly atOnce: number;
}

/**
 * Limits the calls in flight while the predictor asks for fewer by `RetryLater`: the limit is halved after a round in
 * which calls were refused, and grows by a fixed number after one without (additive increase, multiplicative decrease).
 * Refusals that half as many calls did not make rarer have another cause, such as a service that refuses at random:
 * then the limit is taken back, and as many refusals are put up with.
 */
export class Throttle {
  readonly #context: Pick<RunContext, "sheet" | "log">;
  #limit = Number.POSITIVE_INFINITY;
  /** Absent while nothing is refused. */
  #round: Round | undefined;
  /** Results of calls that were made before the last change say nothing about the new limit. */
  #ignored = 0;
  /** The limit from which it was last lowered. */
  #before: Judged | undefined;
  /** Share of refusals that does not depend on the number of calls. */
  #tolerated = 0;
  /** The job's log says it once; the status says how often. */
  #isTold = false;

  constructor(context: Pick<RunContext, "sheet" | "log">) {
    this.#context = context;
  }

  /** How many of `window` calls may be in flight. */
  window(window: number): number {
    return Math.min(window, this.#calls);
  }

  /** The predictor refused a call, and said why. */
  refused(message: string, pace: Pace): void {
    if (!this.#isTold) {
      this.#isTold = true;
      void this.#context.log.add("warn", `slowed down by the predictor's back-pressure: ${message}`);
    }
    this.#round ??= { results: 0, refused: 0 };
    this.#settled(this.#round, 1, pace);
  }

  /** A call was not refused. */
  answered(pace: Pace): void {
    if (this.#round) this.#settled(this.#round, 0, pace);
  }

  #settled(round: Round, refused: number, { others, atOnce }: Pace): void {
    if (this.#ignored > 0) {
      this.#ignored -= 1;
      return;
    }
    round.results += 1;
    round.refused += refused;
    const limit = Math.min(this.#limit, atOnce);
    const isClear = round.refused === round.results && round.results >= MIN_REFUSED;
    if (!isClear && round.results < Math.max(MIN_ROUND, ROUNDS * limit)) return;
    const share = round.refused / round.results;
    const next = this.#judge({ limit, share }, { results: round.results, atOnce });
    if (next !== limit) this.#ignored = others;
    const isOver = next >= atOnce && round.refused === 0;
    this.#round = isOver ? undefined : { results: 0, refused: 0 };
    this.#set(next >= atOnce ? Number.POSITIVE_INFINITY : next);
  }

  /** The next limit. */
  #judge(now: Judged, { results, atOnce }: { readonly results: number; readonly atOnce: number }): number {
    const { limit, share } = now;
    const tolerated = this.#tolerated;
    const deviation = Math.sqrt((tolerated * (1 - tolerated)) / results);
    const before = this.#before;
    this.#before = undefined;
    const isLow = share <= MAX_TOLERATED;
    if (isLow && share <= tolerated + TOLERANCE * deviation) {
      this.#tolerated = (3 * tolerated + share) / 4;
      return limit + ROUNDS * Math.max(1, INCREASE * atOnce);
    }
    if (isLow && before && share > (before.share + shareIfDue(before, limit)) / 2) {
      this.#tolerated = share;
      return before.limit;
    }
    this.#before = now;
    return Math.max(1, limit * DECREASE);
  }

  get #calls(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  #set(limit: number): void {
    if (limit === this.#limit) return;
    this.#limit = limit;
    const { sheet } = this.#context;
    const { callLimit: _, ...others } = sheet.limits;
    sheet.limits = limit === Number.POSITIVE_INFINITY ? others : { ...others, callLimit: this.#calls };
  }
}

/** The share that a lower limit would have if only a certain number of calls at once were accepted. */
function shareIfDue({ limit, share }: Judged, lower: number): number {
  const accepted = limit * (1 - share);
  return Math.max(0, 1 - accepted / lower);
}
