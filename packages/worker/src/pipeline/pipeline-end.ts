import type { StatusReason } from "@millrace/core";

/** Why a pipeline ended. */
export type PipelineEnd =
  /** Every item of the job has its row. */
  | { readonly kind: "complete" }
  /** Somebody ended the job: stopped, timed out, failed elsewhere. */
  | { readonly kind: "job_over" }
  /** The job should end with this reason: nothing succeeds, or too much fails. */
  | { readonly kind: "broken"; readonly reason: StatusReason }
  /** The predictor cannot be constructed, or the state cannot be written. */
  | { readonly kind: "failed"; readonly error: unknown }
  /** This worker was asked to end. */
  | { readonly kind: "released" };

/** The end of a pipeline, once it has one; the first reason wins. */
export class Ending {
  readonly #onEnd: () => void;
  readonly #abort = new AbortController();
  readonly #over = Promise.withResolvers<undefined>();
  #end: PipelineEnd | undefined;

  /** `onEnd` wakes those who wait for something else. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  get end(): PipelineEnd | undefined {
    return this.#end;
  }

  /** Aborts at the end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  set(end: PipelineEnd): void {
    this.#end ??= end;
    this.#over.resolve(undefined);
    this.#abort.abort();
    this.#onEnd();
  }

  /** Waits for `work`, which ends the pipeline if it throws. */
  async guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.set({ kind: "failed", error });
    }
  }

  /** What `work` gives, or undefined at the end. Not for each batch: every race stays with the promise of the end. */
  orEnd<Value>(work: Promise<Value>): Promise<Value | undefined> {
    return Promise.race([work, this.#over.promise]);
  }
}
