import { DEFAULTS, isMillraceError, MillraceError } from "@millrace/core";
import type { PredictorProcess } from "../predictor-process/mod.ts";
import type { WorkerContext } from "../run/context.ts";

/** Starts one predictor process, up to a loaded and constructed predictor. */
export type StartPredictor = (signal: AbortSignal) => Promise<PredictorProcess>;

/** The place of the predictor: there is one, constructed, whenever it is asked for; a dead one is replaced. */
export class PredictorSlot {
  readonly #context: WorkerContext;
  readonly #start: StartPredictor;
  readonly #abort = new AbortController();
  #current: Promise<PredictorProcess> | undefined;
  #constructed: PredictorProcess | undefined;
  #peakMemoryBytes = 0;

  constructor(context: WorkerContext, start: StartPredictor) {
    this.#context = context;
    this.#start = start;
  }

  /** The constructed predictor; starts one if there is none. @throws {MillraceError} predictor_init_failed, predictor_crashed, predictor_out_of_memory, … */
  get(): Promise<PredictorProcess> {
    this.#current ??= this.#startBounded();
    return this.#current;
  }

  /** The constructed predictor, if there is one now: for the loop that asks before every batch. */
  get current(): PredictorProcess | undefined {
    return this.#constructed;
  }

  /** Peak memory of all predictors so far, bytes. */
  get peakMemoryBytes(): number {
    return Math.max(this.#peakMemoryBytes, this.#constructed?.peakMemoryBytes ?? 0);
  }

  /** This predictor is dead: the next `get` starts another. */
  async discard(dead: PredictorProcess): Promise<void> {
    if ((await this.#current?.catch(() => undefined)) === dead) this.#current = undefined;
    if (this.#constructed === dead) this.#constructed = undefined;
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, dead.peakMemoryBytes);
  }

  /** Ends the predictor: at once with `now`, else by closing its input. */
  async stop(options: { readonly now: boolean }): Promise<void> {
    if (options.now) this.#abort.abort();
    const process = await this.#current?.catch(() => undefined);
    this.#current = undefined;
    await (options.now ? process?.kill() : process?.stop());
  }

  /** A constructor that raises is final; a process that dies in it is tried again a few times. */
  async #startBounded(): Promise<PredictorProcess> {
    for (let start = 1; ; start++) {
      try {
        this.#constructed = await this.#start(this.#abort.signal);
        return this.#constructed;
      } catch (error) {
        const died =
          isMillraceError(error, "predictor_crashed") || isMillraceError(error, "predictor_out_of_memory");
        if (this.#abort.signal.aborted)
          throw new MillraceError("unavailable", "Predictor start was given up", { cause: error });
        if (!died || start >= DEFAULTS.maxPredictorStarts) throw error;
        this.#context.logger.warn("predictor died in its constructor, starting it again", { error, start });
      }
    }
  }
}
