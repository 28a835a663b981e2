/**
 * How a worker spends its time, seen from its predictor. A worker is always in exactly one phase:
 *
 * - `waiting`: no process yet, because no slot is free or the last one died;
 * - `starting`: installing, loading and constructing the predictor;
 * - `loading`: the predictor has nothing to do until the next batch is leased and read;
 * - `preprocessing`: predict has nothing to do until the next batch is preprocessed;
 * - `predicting`: the predictor is processing a batch;
 * - `postprocessing`: predict has nothing to do, and what it returned is being postprocessed;
 * - `writing`: the predictor has nothing to do because writing results is behind, or the job's output is being written;
 * - `idle`: there is no batch available.
 */
export const PHASES = [
  "waiting",
  "starting",
  "loading",
  "preprocessing",
  "predicting",
  "postprocessing",
  "writing",
  "idle",
] as const;

export type Phase = (typeof PHASES)[number];

/** Milliseconds in each phase. */
export type PhaseTimes = Readonly<Record<Phase, number>>;

/** Items finished in time intervals of equal length, the first of which starts when the job was created. */
export interface ItemSeries {
  readonly intervalMs: number;
  /** Items of interval 0, 1, …; trailing zeros are omitted. */
  readonly counts: readonly number[];
}

/** Upper bounds of {@link StepTimes}' buckets, in milliseconds; a last bucket takes the rest. */
export const STEP_BUCKETS_MS = [1, 5, 25, 100, 500, 2_500, 10_000, 60_000, 300_000] as const;

/** Durations of a step: how many fell into each bucket, and their sum. */
export interface StepTimes {
  /** One entry more than {@link STEP_BUCKETS_MS}. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/**
 * The steps that are timed individually: reading a group of batches, the stages of a batch in the predictor, committing a
 * group.
 */
export const STEPS = ["load", "preprocess", "predict", "postprocess", "commit"] as const;

export type Step = (typeof STEPS)[number];

/** What limits the calls of a predictor; a field is absent where nothing does, and in reports of older versions. */
export interface CallLimits {
  /** The most items of one call: larger ones did not fit in the GPU's memory. */
  readonly gpuBatchItems?: number;
  /** The most calls in flight: the predictor has asked for fewer by `RetryLater`. */
  readonly callLimit?: number;
  /** How often the predictor has put a call or an item off by `RetryLater`. */
  readonly retryLater?: number;
}

/** What a worker reports about itself, over all its restarts; written with its heartbeat. */
export interface WorkerReport extends CallLimits {
  /** The batch being predicted. */
  readonly batch?: string;
  readonly failedAttempts: number;
  readonly phasesMs: PhaseTimes;
  readonly items: ItemSeries;
  readonly steps: Readonly<Record<Step, StepTimes>>;
}

/** The report of a worker that has done nothing yet. */
export const EMPTY_REPORT: WorkerReport = Object.freeze({
  failedAttempts: 0,
  phasesMs: Object.fromEntries(PHASES.map((phase) => [phase, 0])) as unknown as PhaseTimes,
  items: { intervalMs: 1_000, counts: [] },
  steps: Object.fromEntries(STEPS.map((step) => [step, noSteps()])) as unknown as WorkerReport["steps"],
});

function noSteps(): StepTimes {
  return { counts: new Array<number>(STEP_BUCKETS_MS.length + 1).fill(0), sumMs: 0 };
}
