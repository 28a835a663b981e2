/** A JSON value without a more specific type, such as the API's config. */
export type Config = Readonly<Record<string, unknown>>;

/** The job that a predictor works for, the same in Python and TypeScript. */
export interface JobSpec {
  readonly job_id: string;
  readonly api_name: string;
  /** The API's config, overridden by the submission's. */
  readonly config: Config;
  readonly workers: number;
  /** Null until it is known: `eager_start` starts workers while the job is still being enqueued. */
  readonly total_batch_count: number | null;
  /** RFC 3339. */
  readonly start_time: string;
}

/**
 * The user's predictor. It has `predict`, which is called for a batch, or `predictItem`, which is called for an item.
 * `predictor.concurrency` says how many calls run at once.
 *
 * An array as long as `payload` gives each item its own output; any other JSON value is the batch's output and is
 * assigned to all its items; `undefined` gives them null. Promises in arrays are awaited; typed arrays and sets become
 * lists, maps become objects, a bigint becomes its digits. Values that JSON cannot represent (NaN, functions, errors,
 * iterators, …) are rejected. An error fails the batch, which is retried; the predictor continues. In an array as long as
 * `payload`, an error, or an entry of `Promise.allSettled` with one, is the failure of its item alone.
 */
export interface Predictor<Item = unknown, Output = unknown, Prepared = Item[], Predicted = Output> {
  /**
   * Runs ahead of `predict`, for up to `predictor.preprocess.workers` batches at once, while `predict` awaits something.
   * `predict` gets what it returns. An error in an array as long as `payload` is the failure of its item alone, and
   * `predict` gets the others.
   */
  preprocess?(payload: Item[], batchId: string): Prepared | Promise<Prepared>;
  predict?(payload: Prepared, batchId: string): Predicted | Promise<Predicted>;
  /**
   * Instead of `predict`: one item at a time, up to `predictor.concurrency` of them at once. `itemId` is the item's
   * `custom_id`, or else its index in the dataset.
   */
  predictItem?(item: Item, itemId: string): Output | Promise<Output>;
  /** Runs behind `predict`, with what that returned. Returns the batch's output. */
  postprocess?(output: Predicted, batchId: string): Output | Promise<Output>;
  /**
   * Called once per job, in one of its workers, when every batch is done. It may be called again if that worker dies.
   */
  onJobComplete?(): void | Promise<void>;
}

/** A class whose instances are predictors; constructed once per worker, before its first batch. */
export type PredictorClass<Item = unknown, Output = unknown> = new (
  config: Config,
  jobSpec: JobSpec,
) => Predictor<Item, Output>;

/** A function that creates the predictor, for asynchronous work that a constructor cannot await. */
export type PredictorFactory<Item = unknown, Output = unknown> = (
  config: Config,
  jobSpec: JobSpec,
) => Predictor<Item, Output> | Promise<Predictor<Item, Output>>;

/**
 * What a predictor's module exports, as `Predictor` or as its default export: a class, a ready object, or a function
 * that creates one.
 */
export type PredictorExport = PredictorClass | PredictorFactory | Predictor;
