import { type Attempt, type StatusReason, waitOut } from "@millrace/core";
import { inOneLine } from "../context/explain.ts";
import type { WorkerContext } from "../context/worker-context.ts";

/**
 * How much must have failed in vain, by different errors. A range of n items that fails says little when some items are
 * bad: one in ten, and no batch of 64 ever succeeds. So it weighs 1/n, and what trips the breaker is about seven single
 * items after a bisection.
 */
const MAX_BISECTED_WEIGHT = 10;
/** Batches that failed for good without ever being split: the cost of each is known, and its row is a result. */
const MAX_WHOLE = 100;
/** By one and the same error fewer are enough: single items left of batches that used up their attempts, and whole batches. */
const SAME_SINGLES = 3;
const SAME_WHOLE = 10;

/** An attempt of a range that failed. */
export interface FailedAttempt {
  readonly items: number;
  /** It is, or becomes, part of a batch that failed as a whole. */
  readonly isBisected: boolean;
  /** How often this very range has failed. */
  readonly attempts: number;
  /** It may not be tried again. */
  readonly isExhausted: boolean;
}

/** Ends a job early when nothing succeeds: isolating failures is for rare ones. */
export class Breaker {
  readonly #context: WorkerContext;
  readonly #flush: () => Promise<void>;
  readonly #errors = new Set<string>();
  #bisectedWeight = 0;
  #singles = 0;
  #whole = 0;
  #ranges = 0;
  #hasSucceeded = false;

  /** `flush` writes what this worker has finished: a success may still be on its way to the ledger. */
  constructor(context: WorkerContext, flush: () => Promise<void>) {
    this.#context = context;
    this.#flush = flush;
  }

  /** Counts a failed attempt. Returns why the job should end, once that is clear. */
  async count(attempt: FailedAttempt, error: Attempt["error"]): Promise<StatusReason | undefined> {
    if (this.#hasSucceeded) return undefined;
    const { items, isBisected, attempts, isExhausted } = attempt;
    this.#errors.add(kindOf(error));
    // The batch that it was part of has used up its attempts.
    if (isBisected && items === 1 && attempts === 1) this.#singles += 1;
    if (isExhausted) this.#ranges += 1;
    if (isExhausted && isBisected) this.#bisectedWeight += 1 / items;
    if (isExhausted && !isBisected) this.#whole += 1;
    const sameWay = this.#isSameWay();
    const isTripped = sameWay || this.#bisectedWeight > MAX_BISECTED_WEIGHT || this.#whole > MAX_WHOLE;
    if (!isTripped || (await this.#succeeded())) return undefined;
    const what = sameWay ? "the first batches all failed the same way" : `${this.#ranges} batches failed`;
    return {
      code: "nothing_succeeds",
      message:
        `Stopped early: ${what} and no item has succeeded; ` +
        `last error: ${inOneLine(error)}. Fix the predictor, deploy it and retry the job`,
    };
  }

  #isSameWay(): boolean {
    // That what failed before fails again says nothing about the predictor.
    if (this.#errors.size > 1 || this.#context.job.dataset.kind === "retry") return false;
    return this.#singles >= SAME_SINGLES || this.#whole >= SAME_WHOLE;
  }

  async #succeeded(): Promise<boolean> {
    const { backend, job } = this.#context;
    await this.#flush();
    const progress = await waitOut(() => backend.ledger.batches.progress(job.jobId), this.#context);
    this.#hasSucceeded = progress.succeededItems > 0;
    return this.#hasSucceeded;
  }
}

/** The error without what it says of one item: numbers and what is quoted. */
function kindOf({ code, type, message }: Attempt["error"]): string {
  return `${code} ${type} ${message.replace(/'[^']*'|"[^"]*"|\[[^\]]*\]|\d+/g, "…")}`;
}
