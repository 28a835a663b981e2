import { MillraceError } from "@millrace/core";
import { inOneLine } from "../context/explain.ts";
import type { RunContext } from "../context/worker-context.ts";
import type { Backlog } from "./backlog.ts";
import { type Call, countOf, isSuspect } from "./call.ts";

/** Successful calls as large as allowed after which twice as much is tried; twice as many after each failed trial. */
const PATIENCE = 16;
const MAX_PATIENCE = 4_096;

type Context = Pick<RunContext, "job" | "sheet" | "slot" | "log">;

/**
 * Makes a worker's calls smaller when their items do not fit in the GPU's memory together. That is nobody's fault, so
 * no attempt is charged: only an item that does not fit by itself is. One such item makes the calls very small, so they
 * may grow again.
 */
export class GpuMemory {
  readonly #context: Context;
  readonly #backlog: Backlog;
  /** The most items that a call could have. */
  #largest: number;
  #patience = PATIENCE;
  /** Calls as large as allowed that fitted since the limit changed. */
  #fitting = 0;
  #isTrial = false;

  constructor(context: Context, backlog: Backlog) {
    this.#context = context;
    this.#backlog = backlog;
    const { dataset } = context.job;
    this.#largest = "batchSize" in dataset ? dataset.batchSize : 0;
    // What an earlier process of this worker found out.
    this.#limit(this.#maxItems);
  }

  /**
   * Puts a call back to be made again in parts of at most half its items, or alone if it is a single item that had
   * others beside it. `items` is how many the predictor had at once.
   * @returns undefined then; else the error with which its only item has failed
   */
  exceeded(call: Call, error: MillraceError, items = countOf(call)): MillraceError | undefined {
    const atOnce = this.#context.slot.current?.style.inFlight ?? 1;
    if (items > 1) {
      const half = Math.floor(items / 2);
      this.#largest = Math.max(this.#largest, items);
      // Calls that were in flight already may be as large as the one before.
      if (half < this.#maxItems) this.#shrink(half, { items, error });
      this.#backlog.putBack(call);
    } else if (atOnce > 1 && !isSuspect(call)) this.#backlog.putBack({ ...call, isAlone: true });
    else return ofOneItem(error);
    return undefined;
  }

  /** The predictor took so many items at once. */
  fitted(items: number): void {
    if (items < this.#maxItems) return;
    this.#fitting += 1;
    if (this.#fitting < this.#patience) return;
    this.#isTrial = true;
    this.#limit(this.#maxItems * 2);
  }

  get #maxItems(): number {
    return this.#context.sheet.limits.gpuBatchItems ?? Number.POSITIVE_INFINITY;
  }

  #shrink(half: number, { items, error }: { readonly items: number; readonly error: MillraceError }): void {
    if (this.#isTrial) this.#patience = Math.min(this.#patience * 2, MAX_PATIENCE);
    else {
      const why = inOneLine({ type: error.details.type, message: error.message });
      this.#context.log.add(
        "warn",
        `${items} items at once do not fit in the GPU's memory, so this worker predicts at most ${half} at once: ${why}`,
      );
    }
    this.#isTrial = false;
    this.#limit(half);
  }

  #limit(maxItems: number): void {
    const { sheet } = this.#context;
    const { gpuBatchItems: _, ...others } = sheet.limits;
    sheet.limits = maxItems < this.#largest ? { ...others, gpuBatchItems: maxItems } : others;
    this.#backlog.limitItems(this.#maxItems);
    this.#fitting = 0;
  }
}

function ofOneItem({ code, message, details, cause }: MillraceError): MillraceError {
  return new MillraceError(code, `${message} (the item was alone: it does not fit in the GPU's memory)`, {
    details,
    cause,
  });
}
