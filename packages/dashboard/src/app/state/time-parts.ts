import type { TimeView } from "@millrace/core/rest";

export type Phase = keyof TimeView;

/** The phases of a worker's life, in order. */
export const PHASES: readonly { readonly phase: Phase; readonly word: string; readonly meaning: string }[] = [
  { phase: "waiting", word: "Waiting", meaning: "for free resources" },
  { phase: "starting", word: "Starting", meaning: "process and predictor" },
  { phase: "loading", word: "Loading", meaning: "reading items" },
  { phase: "predicting", word: "Predicting", meaning: "in predict" },
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
  return PHASES.map((phase) => ({ ...phase, seconds: time[phase.phase], ofSeconds }));
}

/** The phase that took most of the time; undefined when there is none yet. */
export function largestPhase(time: TimeView): TimePart | undefined {
  const [largest] = timeParts(time).toSorted((a, b) => b.seconds - a.seconds);
  return largest && largest.seconds > 0 ? largest : undefined;
}
