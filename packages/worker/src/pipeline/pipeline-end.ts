import type { StatusReason } from "@millrace/core";

/** Why a pipeline ended. */
export type PipelineEnd =
  /** Every item of the job has its row. */
  | { readonly kind: "complete" }
  /** Somebody else ended the job: stopped, timed out, failed elsewhere. */
  | { readonly kind: "job_over" }
  /** The job should end with this reason: nothing succeeds, or too much fails. */
  | { readonly kind: "broken"; readonly reason: StatusReason }
  /** The predictor cannot be constructed, or the state cannot be written. */
  | { readonly kind: "failed"; readonly error: unknown }
  /** This worker was asked to exit. */
  | { readonly kind: "released" };

/** The pipeline's end, if it has one; the first reason wins. */
export class Ending {
  readonly #onEnd: () => void;
  readonly #abort = new AbortController();
  readonly #over = Promise.withResolvers<undefined>();
  #end: PipelineEnd | undefined;

  /** `onEnd` wakes loops that are waiting for something else. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  get end(): PipelineEnd | undefined {
    return this.#end;
  }

  /** Aborts when the pipeline ends. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  set(end: PipelineEnd): void {
    this.#end ??= end;
    this.#over.resolve(undefined);
    this.#abort.abort();
    this.#onEnd();
  }

  /** Waits for `work`; if it throws, the pipeline ends. */
  async guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.set({ kind: "failed", error });
    }
  }

  /**
   * The result of `work`, or undefined when the pipeline ends. Too costly for every batch: each race stays attached to
   * the end's promise.
   */
  orEnd<Value>(work: Promise<Value>): Promise<Value | undefined> {
    return Promise.race([work, this.#over.promise]);
  }
}
