import type { PredictOutput } from "./answers.ts";
import type { PredictorExit } from "./life.ts";

/** A batch as the predictor gets it. */
export interface PredictRequest {
  readonly batchId: string;
  /** JSON texts. */
  readonly items: readonly string[];
  /** Counted from when the batch is the oldest unanswered one: a predictor that needs longer is killed. */
  readonly timeoutMs: number;
}

/**
 * A constructed predictor, in a process of its own. When the process dies, every request is rejected with the same error;
 * `details.guilty` is true for the batch that was being predicted, and false for those behind it, which may be sent again
 * uncharged.
 *
 * Rejections of `predict` and `complete`: {MillraceError} predictor_error, invalid_output (the predictor lives on),
 * batch_timeout, predictor_crashed, predictor_out_of_memory, unavailable (it was stopped).
 */
export interface Predictor {
  /** Process id, while it answers. */
  readonly pid: number | undefined;
  /** Most memory that it was seen to use, bytes. */
  readonly peakMemoryBytes: number;
  /** Resolves when nothing of it is left, which may be some seconds after it has stopped to answer. */
  readonly gone: Promise<void>;
  predict(request: PredictRequest): Promise<PredictOutput>;
  /** Runs its hook for the job's end, if it has one. */
  complete(options: { readonly timeoutMs: number }): Promise<void>;
  /** Lets it end by itself, and kills it after `graceMs`. @returns how it ended, undefined where it was killed */
  stop(options?: { readonly graceMs?: number }): Promise<PredictorExit | undefined>;
  /** Kills it at once. Both resolve when nothing of it is left, and may be called again. */
  kill(): Promise<void>;
}

/** A predictor that is being started. */
export interface StartedPredictor {
  readonly predictor: Predictor;
  /** Resolves when it is constructed. */
  readonly ready: Promise<void>;
}

/** Starts a predictor's process, then loads and constructs the predictor in it; `signal` gives that up. */
export type LaunchPredictor = (signal: AbortSignal) => StartedPredictor;
