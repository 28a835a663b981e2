import { type Attempt, type StatusReason, waitOut } from "@millrace/core";
import { inOneLine } from "../context/explain.ts";
import type { WorkerContext } from "../context/worker-context.ts";

/**
 * Threshold for bisected failures with different errors. A failed range of n items says little when some items are bad:
 * with one bad item in ten, no batch of 64 ever succeeds. A range therefore counts 1/n, and after a bisection about
 * seven single items trip the breaker.
 */
const MAX_BISECTED_WEIGHT = 10;
/** Batches that failed permanently without ever being split: their cost is known, and their rows are results. */
const MAX_WHOLE = 100;
/**
 * Thresholds when all errors are the same: single items left from batches that used up their attempts, and whole
 * batches.
 */
const SAME_SINGLES = 3;
const SAME_WHOLE = 10;

/** A failed attempt at a range. */
export interface FailedAttempt {
  readonly items: number;
  /** The range is, or becomes, part of a batch that failed as a whole. */
  readonly isBisected: boolean;
  /** How often exactly this range has failed. */
  readonly attempts: number;
  /** It must not be retried. */
  readonly isExhausted: boolean;
}

/** Ends a job early when nothing succeeds: isolating failures only makes sense when they are rare. */
export class Breaker {
  readonly #context: WorkerContext;
  readonly #flush: () => Promise<void>;
  readonly #errors = new Set<string>();
  #bisectedWeight = 0;
  #singles = 0;
  #whole = 0;
  #ranges = 0;
  #hasSucceeded = false;

  /** `flush` writes this worker's finished batches: a success may not have reached the ledger yet. */
  constructor(context: WorkerContext, flush: () => Promise<void>) {
    this.#context = context;
    this.#flush = flush;
  }

  /** An item has succeeded: from now on, nothing ends the job. */
  sawSuccess(): void {
    this.#hasSucceeded = true;
  }

  /** Counts a failed attempt. Returns a reason as soon as the job should end. */
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
    // A retry contains only items that failed before; that they fail again says nothing about the predictor.
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

/** The error without the parts specific to one item: numbers and quoted text. */
function kindOf({ code, type, message }: Attempt["error"]): string {
  return `${code} ${type} ${message.replace(/'[^']*'|"[^"]*"|\[[^\]]*\]|\d+/g, "…")}`;
}
