import type { Attempt, StatusReason } from "@millrace/core";
import type { WorkerContext } from "../run/context.ts";
import { inOneLine } from "../run/explain.ts";
import { persist } from "./persist.ts";

/**
 * How much must have failed in vain. A range of n items that fails says little when some items are bad: one in ten, and no
 * batch of 64 ever succeeds. So it weighs 1/n, and what trips the breaker is about seven single items after a bisection.
 */
const MAX_BISECTED_WEIGHT = 10;
/** Batches that failed for good without ever being split: the cost of each is known, and its row is a result. */
const MAX_WHOLE = 100;

/** Ends a job early when nothing succeeds: isolating failures is for rare ones. */
export class Breaker {
  readonly #context: WorkerContext;
  readonly #flush: () => Promise<void>;
  #bisectedWeight = 0;
  #whole = 0;
  #ranges = 0;
  #hasSucceeded = false;

  /** `flush` writes what this worker has finished: a success may still be on its way to the ledger. */
  constructor(context: WorkerContext, flush: () => Promise<void>) {
    this.#context = context;
    this.#flush = flush;
  }

  /** Counts a range that used up its attempts. Returns why the job should end, once that is clear. */
  async count(
    range: { readonly items: number; readonly isBisected: boolean },
    error: Attempt["error"],
  ): Promise<StatusReason | undefined> {
    this.#ranges += 1;
    if (range.isBisected) this.#bisectedWeight += 1 / range.items;
    else this.#whole += 1;
    if (this.#bisectedWeight <= MAX_BISECTED_WEIGHT && this.#whole <= MAX_WHOLE) return undefined;
    if (await this.#succeeded()) return undefined;
    return {
      code: "nothing_succeeds",
      message:
        `Stopped early: ${this.#ranges} batches failed for good and no item has succeeded; ` +
        `last error: ${inOneLine(error)}. Mend the predictor, deploy it and retry the job`,
    };
  }

  async #succeeded(): Promise<boolean> {
    if (this.#hasSucceeded) return true;
    const { backend, job, logger } = this.#context;
    await this.#flush();
    const progress = await persist(() => backend.ledger.batches.progress(job.jobId), { logger });
    this.#hasSucceeded = progress.succeededItems > 0;
    return this.#hasSucceeded;
  }
}
