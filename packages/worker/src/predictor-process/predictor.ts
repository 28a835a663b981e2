import type { PredictOutput } from "./answers.ts";
import type { PredictorExit } from "./life.ts";

/** A batch as passed to the predictor. */
export interface PredictRequest {
  readonly batchId: string;
  /** JSON texts. */
  readonly items: readonly string[];
  /** Counted from when the batch becomes the oldest unanswered one: a predictor that needs longer is killed. */
  readonly timeoutMs: number;
}

/**
 * A constructed predictor in its own process. If the process dies, every request is rejected with the same error;
 * `details.guilty` is true for the batch that was being predicted, and false for those behind it, which may be retried
 * without counting an attempt.
 *
 * Rejections of `predict` and `complete`: {MillraceError} predictor_error, invalid_output (the predictor continues),
 * batch_timeout, predictor_crashed, predictor_out_of_memory, unavailable (it was stopped).
 */
export interface Predictor {
  /** Process id while it responds. */
  readonly pid: number | undefined;
  /** Peak memory observed, in bytes. */
  readonly peakMemoryBytes: number;
  /** Resolves when nothing of it is left, which may be some seconds after it stops responding. */
  readonly gone: Promise<void>;
  predict(request: PredictRequest): Promise<PredictOutput>;
  /** Runs its hook for the end of the job, if it has one. */
  complete(options: { readonly timeoutMs: number }): Promise<void>;
  /** Lets it exit normally, and kills it after `graceMs`. @returns how it ended, undefined if it was killed */
  stop(options?: { readonly graceMs?: number }): Promise<PredictorExit | undefined>;
  /** Kills it immediately. Like `stop`, it resolves when nothing is left, and may be called again. */
  kill(): Promise<void>;
}

/** A predictor that is starting. */
export interface StartedPredictor {
  readonly predictor: Predictor;
  /** Resolves when it is constructed. */
  readonly ready: Promise<void>;
}

/** Starts a predictor's process, then loads and constructs the predictor in it; `signal` aborts that. */
export type LaunchPredictor = (signal: AbortSignal) => StartedPredictor;
