import { type CallLimits, PHASES, type Phase, type PhaseTimes } from "./worker-report.ts";

export interface AdviseFacts {
  /** Sum over all workers. */
  readonly phasesMs: PhaseTimes;
  /** Batches with an output, and the total time they spent in `predict`. */
  readonly batches: number;
  readonly predictMs: number;
  /** Those of all workers together. */
  readonly limits?: CallLimits;
}

/** Below this, there is not enough data for advice. */
const ENOUGH_MS = 2_000;
/** Handing over a batch shorter than this costs about as much as predicting it. */
const SHORT_BATCH_MS = 2;

/** What to do about the phase that takes the largest share of the time. */
const ADVICE: Readonly<Record<Phase, string>> = {
  waiting: "waiting for free resources: fewer workers, a smaller compute, or more machines would help",
  starting: "starting workers: fewer workers, or more items per job, would use them better",
  loading:
    "waiting for input to be read: a larger prefetch, or faster storage, would keep the predictor busy",
  preprocessing:
    "preprocess while predict waited: more predictor.preprocess.workers, mode: process, or more cores would keep it busy",
  predicting: "predict: more workers, or a faster predictor, would make the job faster",
  postprocessing: "postprocess while predict waited: a faster postprocess, or more workers, would help",
  writing: "waiting for results to be written: smaller outputs, or faster storage, would help",
  idle: "waiting for a batch: fewer workers, or a smaller batch_size, would keep them busy",
};

/** What limits a job's calls, and what would make it faster; undefined while there is nothing to say. */
export function advise(facts: AdviseFacts): string | undefined {
  const sentences = [adviseOnGpu(facts), tellBackPressure(facts), adviseOnTime(facts)].filter(
    (one) => one !== undefined,
  );
  return sentences.length === 0 ? undefined : sentences.join("; ");
}

function adviseOnGpu({ limits: { gpuBatchItems } = {} }: AdviseFacts): string | undefined {
  if (gpuBatchItems === undefined) return undefined;
  return `whole batches do not fit in the GPU's memory, so the workers predict at most ${gpuBatchItems} items at once: set batch_size to ${gpuBatchItems}`;
}

function tellBackPressure({ limits: { retryLater = 0, callLimit } = {} }: AdviseFacts): string | undefined {
  if (retryLater === 0) return undefined;
  const times = retryLater === 1 ? "once" : `${retryLater} times`;
  const now = callLimit === undefined ? "" : `, and workers make only ${callLimit} calls at once`;
  return `slowed down by the predictor's back-pressure: RetryLater was raised ${times}${now}`;
}

/** One sentence on the phase in which most time went, if there is enough data. */
function adviseOnTime({ phasesMs, batches, predictMs }: AdviseFacts): string | undefined {
  const total = PHASES.reduce((sum, phase) => sum + phasesMs[phase], 0);
  // Until a batch has an output there is nothing to speed up: the job has only just started, or it fails.
  if (total < ENOUGH_MS || batches === 0) return undefined;
  const largest = PHASES.reduce((best, phase) => (phasesMs[phase] > phasesMs[best] ? phase : best));
  const share = `${Math.floor((phasesMs[largest] / total) * 100)} % of the workers' time went into`;
  const meanMs = predictMs / batches;
  if (largest === "predicting" && meanMs < SHORT_BATCH_MS) {
    const mean = meanMs < 0.1 ? "less than 0.1 ms" : `${meanMs.toFixed(1)} ms`;
    return `${share} predict, in batches of ${mean}: a larger batch_size would save much of the cost per batch`;
  }
  return `${share} ${ADVICE[largest]}`;
}
