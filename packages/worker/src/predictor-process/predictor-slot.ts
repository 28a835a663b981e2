import { DEFAULTS, isMillraceError, type Logger, MillraceError } from "@millrace/core";
import type { PredictorExit } from "./life.ts";
import type { LaunchPredictor, Predictor } from "./predictor.ts";

/** Holds the worker's predictor: returns a constructed one whenever it is asked, and replaces one that died. */
export class PredictorSlot {
  readonly #launch: LaunchPredictor;
  readonly #logger: Logger;
  /** Aborted for good. */
  readonly #abort = new AbortController();
  /** Aborts the start in progress. */
  #abortStart = new AbortController();
  #current: Promise<Predictor> | undefined;
  #constructed: Predictor | undefined;
  /** The previous predictor, which may still be exiting. */
  #last: Predictor | undefined;
  #restartsAtMs: number | undefined;
  #peakMemoryBytes = 0;

  constructor(launch: LaunchPredictor, logger: Logger) {
    this.#launch = launch;
    this.#logger = logger;
  }

  /**
   * The constructed predictor; starts one if there is none. @throws {MillraceError} predictor_init_failed,
   * predictor_crashed, predictor_out_of_memory, …
   */
  get(): Promise<Predictor> {
    this.#current ??= this.#startBounded();
    return this.#current;
  }

  /** The constructed predictor, if there is one now: for the loop that checks before every batch. */
  get current(): Predictor | undefined {
    return this.#constructed;
  }

  /** When the start of a replacement began, if one is in progress. */
  get restartsAtMs(): number | undefined {
    return this.#restartsAtMs;
  }

  /** Peak memory of all predictors so far, in bytes. */
  get peakMemoryBytes(): number {
    return Math.max(this.#peakMemoryBytes, this.#constructed?.peakMemoryBytes ?? 0);
  }

  /** Discards a dead predictor: the next `get` starts another. */
  discard(dead: Predictor): void {
    if (this.#constructed === dead) this.#forget(dead);
  }

  /**
   * Lets the predictor exit normally, and kills it after `graceMs`; one that is not constructed yet is killed at once.
   * The next `get` starts another. @returns how it ended, undefined if there was none
   */
  async end({ graceMs }: { readonly graceMs: number }): Promise<PredictorEnd | undefined> {
    const ending = this.#constructed;
    if (!ending) {
      await this.#giveUpStart();
      await this.#last?.gone;
      return undefined;
    }
    this.#forget(ending);
    const exit = await ending.stop({ graceMs });
    return exit ? { ...exit, wasKilled: false } : { wasKilled: true };
  }

  /** Kills the predictor, or aborts its start, and starts no other. */
  async kill(): Promise<void> {
    this.#abort.abort();
    await this.#giveUpStart();
    const last = this.#last;
    if (this.#constructed) this.#forget(this.#constructed);
    await Promise.all([last?.kill(), this.#last?.kill()]);
  }

  #forget(predictor: Predictor): void {
    this.#current = undefined;
    this.#constructed = undefined;
    this.#last = predictor;
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, predictor.peakMemoryBytes);
  }

  async #giveUpStart(): Promise<void> {
    if (this.#constructed || !this.#current) return;
    this.#abortStart.abort();
    await this.#current.catch(() => {});
    if (!this.#constructed) this.#current = undefined;
  }

  /** An exception in the constructor is final; if the process dies in it, it is retried a few times. */
  async #startBounded(): Promise<Predictor> {
    if (this.#last) this.#restartsAtMs = Date.now();
    this.#abortStart = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, this.#abortStart.signal]);
    try {
      for (let start = 1; ; start++) {
        // The next one may need what this one still holds, such as memory and GPUs.
        await this.#last?.gone;
        const { predictor, ready } = this.#launch(signal);
        try {
          await ready;
          this.#constructed = predictor;
          return predictor;
        } catch (error) {
          this.#last = predictor;
          void (signal.aborted ? predictor.kill() : predictor.stop());
          if (signal.aborted)
            throw new MillraceError("unavailable", "Predictor start was given up", { cause: error });
          if (!diedUnsaid(error) || start >= DEFAULTS.maxPredictorStarts) throw error;
          this.#logger.warn("predictor died in its constructor, starting it again", { error, start });
        }
      }
    } finally {
      this.#restartsAtMs = undefined;
    }
  }
}

/** How a predictor ended that was asked to exit. */
export type PredictorEnd = (PredictorExit & { readonly wasKilled: false }) | { readonly wasKilled: true };

/**
 * True for a process that died without reporting why. One that exited on purpose or raised an error would do so again.
 */
export function diedUnsaid(error: unknown): boolean {
  const died =
    isMillraceError(error, "predictor_crashed") || isMillraceError(error, "predictor_out_of_memory");
  return died && error.details.said !== true;
}
