import type { FoundMethods, Stage } from "@millrace/predictor/protocol";
import type { PredictOutput } from "./answers.ts";
import type { PredictorExit } from "./life.ts";

/** A call as passed to the predictor: a batch, or one item of it. */
export interface PredictRequest {
  /** The id of the range of items. */
  readonly batchId: string;
  /** JSON texts. */
  readonly items: readonly string[];
  /** Counted from when the predictor starts the call: one that needs longer is killed. */
  readonly timeoutMs: number;
  /** Called when the call enters a stage other than its first, or without one while it waits for the next. */
  readonly onStage?: (stage: Stage | undefined) => void;
}

/** How a predictor is called. */
export interface CallStyle {
  /** What one call is given. */
  readonly unit: FoundMethods["unit"];
  /** How many calls of predict run at once. */
  readonly concurrency: number;
  /** How many calls are started at once, in all stages and between them. */
  readonly inFlight: number;
  /** There are stages around predict. */
  readonly isStaged: boolean;
  /** How many batches `preprocess` works on at once. */
  readonly preprocessWorkers: number;
}

/** A predictor that works on one batch at a time. */
export const ONE_BATCH: CallStyle = Object.freeze({
  unit: "batch",
  concurrency: 1,
  inFlight: 1,
  isStaged: false,
  preprocessWorkers: 1,
});

/**
 * A constructed predictor in its own process. If the process dies, every request is rejected with the same error;
 * `details.guilty` is true for the call that caused it. Where several were running and it is not known which one did,
 * `details.suspect` is true for each of them. All others may be retried without counting an attempt.
 *
 * Rejections of `predict` and `complete`: {MillraceError} predictor_error, invalid_output, retry_later (the predictor
 * continues), batch_timeout, predictor_crashed, predictor_out_of_memory, unavailable (it was stopped).
 */
export interface Predictor {
  /** Process id while it responds. */
  readonly pid: number | undefined;
  /** Peak memory observed, in bytes. */
  readonly peakMemoryBytes: number;
  /** Resolves when nothing of it is left, which may be some seconds after it stops responding. */
  readonly gone: Promise<void>;
  /** Known once it is constructed. */
  readonly style: CallStyle;
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
