/**
 * What a worker's time went into, seen from its predictor. Every moment of a worker is in exactly one:
 *
 * - `waiting`: no process yet, for want of a place or after one that died;
 * - `starting`: installing, loading and constructing the predictor;
 * - `loading`: the predictor has nothing to do until the next batch is leased and read;
 * - `predicting`: the predictor holds a batch;
 * - `writing`: the predictor has nothing to do because results are behind, or the job's output is being written;
 * - `idle`: there is no batch to be had.
 */
export const PHASES = ["waiting", "starting", "loading", "predicting", "writing", "idle"] as const;

export type Phase = (typeof PHASES)[number];

/** Milliseconds in each phase. */
export type PhaseTimes = Readonly<Record<Phase, number>>;

/** Items finished in equal stretches of time, the first of which begins when the job was made. */
export interface ItemSeries {
  readonly intervalMs: number;
  /** Items of stretch 0, 1, …; trailing ones in which nothing was finished are left out. */
  readonly counts: readonly number[];
}

/** Upper bounds of {@link StepTimes}' buckets, milliseconds; a last bucket takes the rest. */
export const STEP_BUCKETS_MS = [1, 5, 25, 100, 500, 2_500, 10_000, 60_000, 300_000] as const;

/** How long a step took: how often it fell into each bucket, and the sum. */
export interface StepTimes {
  /** One more than there are {@link STEP_BUCKETS_MS}. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** The steps that are timed one by one: reading a group of batches, predicting a batch, committing a group. */
export const STEPS = ["load", "predict", "commit"] as const;

export type Step = (typeof STEPS)[number];

/** What a worker says of itself, over all its lives; written with its heartbeat. */
export interface WorkerReport {
  /** Batch that it predicts. */
  readonly batch?: string;
  readonly failedAttempts: number;
  readonly phasesMs: PhaseTimes;
  readonly items: ItemSeries;
  readonly steps: Readonly<Record<Step, StepTimes>>;
}

/** A report of a worker that has done nothing. */
export const EMPTY_REPORT: WorkerReport = Object.freeze({
  failedAttempts: 0,
  phasesMs: { waiting: 0, starting: 0, loading: 0, predicting: 0, writing: 0, idle: 0 },
  items: { intervalMs: 1_000, counts: [] },
  steps: { load: noSteps(), predict: noSteps(), commit: noSteps() },
});

function noSteps(): StepTimes {
  return { counts: new Array<number>(STEP_BUCKETS_MS.length + 1).fill(0), sumMs: 0 };
}
