import type { TimeView } from "@millrace/core/rest";

export type Phase = keyof TimeView;

interface PhaseText {
  readonly phase: Phase;
  readonly word: string;
  readonly meaning: string;
  /** Only predictors with that stage have it: not shown at 0. */
  readonly isRare?: true;
}

/** The phases of a worker's life, in order. */
export const PHASES: readonly PhaseText[] = [
  { phase: "waiting", word: "Waiting", meaning: "for free resources" },
  { phase: "starting", word: "Starting", meaning: "process and predictor" },
  { phase: "loading", word: "Loading", meaning: "reading items" },
  { phase: "preprocessing", word: "Preprocessing", meaning: "predict waits for it", isRare: true },
  { phase: "predicting", word: "Predicting", meaning: "in predict" },
  { phase: "postprocessing", word: "Postprocessing", meaning: "predict has nothing", isRare: true },
  { phase: "writing", word: "Writing", meaning: "saving results" },
  { phase: "idle", word: "Idle", meaning: "nothing to do" },
];

export interface TimePart {
  readonly phase: Phase;
  readonly word: string;
  readonly meaning: string;
  readonly seconds: number;
  readonly ofSeconds: number;
}

export function timeParts(time: TimeView): readonly TimePart[] {
  const ofSeconds = PHASES.reduce((sum, { phase }) => sum + time[phase], 0);
  return PHASES.filter(({ phase, isRare }) => !isRare || time[phase] > 0).map((phase) => ({
    ...phase,
    seconds: time[phase.phase],
    ofSeconds,
  }));
}

/** The phase that took most of the time; undefined when there is none yet. */
export function largestPhase(time: TimeView): TimePart | undefined {
  const [largest] = timeParts(time).toSorted((a, b) => b.seconds - a.seconds);
  return largest && largest.seconds > 0 ? largest : undefined;
}
