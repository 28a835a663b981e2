import {
  EMPTY_REPORT,
  ItemSeriesCounter,
  type Phase,
  type PhaseTimes,
  STEP_BUCKETS_MS,
  STEPS,
  type Step,
  type StepTimes,
  type WorkerReport,
} from "@millrace/core";

/** What the sheet goes on from, and what its times are counted from. Milliseconds since the epoch. */
export interface TimeSheetStart {
  /** What the worker's lives before said; absent: this is the first. */
  readonly before: WorkerReport | undefined;
  /** When the worker could have begun: its job became `running`, or its last life was heard of last. */
  readonly dueAtMs: number;
  readonly jobCreatedAtMs: number;
}

interface MutableSteps {
  readonly counts: number[];
  sumMs: number;
}

/**
 * What the worker's time goes into. It is told at the end of each stretch what the stretch was, so that all of the
 * worker's life is told of, once, and a batch costs a few additions.
 */
export class TimeSheet {
  readonly #phasesMs: Record<Phase, number>;
  readonly #items: ItemSeriesCounter;
  readonly #steps: Readonly<Record<Step, MutableSteps>>;
  readonly #jobCreatedAtMs: number;
  #failedAttempts: number;
  /** The process's own start. */
  #lapAtMs = 0;

  constructor({ before = EMPTY_REPORT, dueAtMs, jobCreatedAtMs }: TimeSheetStart) {
    this.#phasesMs = { ...before.phasesMs };
    this.#phasesMs.waiting += Math.max(0, performance.timeOrigin - dueAtMs);
    this.#items = new ItemSeriesCounter(before.items);
    const steps = STEPS.map((step) => [step, mutable(before.steps[step])]);
    this.#steps = Object.fromEntries(steps);
    this.#failedAttempts = before.failedAttempts;
    this.#jobCreatedAtMs = jobCreatedAtMs;
  }

  /** The time since the last lap, at first since the process began, went into `phase`. */
  lap(phase: Phase): void {
    const nowMs = performance.now();
    this.#phasesMs[phase] += nowMs - this.#lapAtMs;
    this.#lapAtMs = nowMs;
  }

  /** A step took so long. */
  took(step: Step, ms: number): void {
    const times = this.#steps[step];
    times.sumMs += ms;
    let bucket = 0;
    while (bucket < STEP_BUCKETS_MS.length && ms > (STEP_BUCKETS_MS[bucket] as number)) bucket += 1;
    times.counts[bucket] = (times.counts[bucket] ?? 0) + 1;
  }

  /** So many items have their rows now. */
  finished(items: number): void {
    this.#items.add(items, Date.now() - this.#jobCreatedAtMs);
  }

  attemptFailed(): void {
    this.#failedAttempts += 1;
  }

  /** What there is to say now, in the midst of `phase`, with `batch` being predicted. */
  report(phase: Phase, batch?: string): WorkerReport {
    this.lap(phase);
    return {
      ...(batch !== undefined && { batch }),
      failedAttempts: this.#failedAttempts,
      phasesMs: rounded(this.#phasesMs),
      items: this.#items.series,
      steps: Object.fromEntries(STEPS.map((step) => [step, fixed(this.#steps[step])])) as Record<
        Step,
        StepTimes
      >,
    };
  }
}

function mutable({ counts, sumMs }: StepTimes): MutableSteps {
  return { counts: [...counts], sumMs };
}

function fixed({ counts, sumMs }: MutableSteps): StepTimes {
  return { counts: [...counts], sumMs: Math.round(sumMs) };
}

function rounded(phasesMs: PhaseTimes): PhaseTimes {
  return Object.fromEntries(
    Object.entries(phasesMs).map(([phase, ms]) => [phase, Math.round(ms)]),
  ) as unknown as PhaseTimes;
}
