import {
  type CallLimits,
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

/** Start values of the sheet and of its times. Milliseconds since the epoch. */
export interface TimeSheetStart {
  /** The report from before the last restart; absent at the first start. */
  readonly before: WorkerReport | undefined;
  /** When the worker could have started: when its job became `running`, or the last sign of life before a restart. */
  readonly dueAtMs: number;
  readonly jobCreatedAtMs: number;
}

interface MutableSteps {
  readonly counts: number[];
  sumMs: number;
}

/**
 * Records how the worker spends its time. The caller names a period's phase when it ends, so that the periods cover the
 * worker's whole life exactly once and a batch costs only a few additions.
 */
export class TimeSheet {
  /** What the worker has learned about its calls. */
  limits: CallLimits;
  readonly #phasesMs: Record<Phase, number>;
  readonly #items: ItemSeriesCounter;
  readonly #steps: Readonly<Record<Step, MutableSteps>>;
  readonly #jobCreatedAtMs: number;
  #failedAttempts: number;
  /** Starts with the process. */
  #lapAtMs = 0;

  constructor({ before = EMPTY_REPORT, dueAtMs, jobCreatedAtMs }: TimeSheetStart) {
    this.#phasesMs = { ...EMPTY_REPORT.phasesMs, ...before.phasesMs };
    this.#phasesMs.waiting += Math.max(0, performance.timeOrigin - dueAtMs);
    this.#items = new ItemSeriesCounter(before.items);
    const steps = STEPS.map((step) => [step, mutable(before.steps[step] ?? EMPTY_REPORT.steps[step])]);
    this.#steps = Object.fromEntries(steps);
    this.#failedAttempts = before.failedAttempts;
    const { gpuBatchItems, retryLater } = before;
    this.limits = {
      ...(gpuBatchItems !== undefined && { gpuBatchItems }),
      ...(retryLater !== undefined && { retryLater }),
    };
    this.#jobCreatedAtMs = jobCreatedAtMs;
  }

  /** Assigns the time since the last lap, or since the process started, to `phase`. */
  lap(phase: Phase): void {
    const nowMs = performance.now();
    this.#phasesMs[phase] += nowMs - this.#lapAtMs;
    this.#lapAtMs = nowMs;
  }

  /** Records how long a step took. */
  took(step: Step, ms: number): void {
    const times = this.#steps[step];
    times.sumMs += ms;
    let bucket = 0;
    while (bucket < STEP_BUCKETS_MS.length && ms > (STEP_BUCKETS_MS[bucket] as number)) bucket += 1;
    times.counts[bucket] = (times.counts[bucket] ?? 0) + 1;
  }

  /** Counts items that now have their rows. */
  finished(items: number): void {
    this.#items.add(items, Date.now() - this.#jobCreatedAtMs);
  }

  attemptFailed(): void {
    this.#failedAttempts += 1;
  }

  /** The report for now, during `phase`, with `batch` being predicted. */
  report(phase: Phase, batch?: string): WorkerReport {
    this.lap(phase);
    return {
      ...(batch !== undefined && { batch }),
      ...this.limits,
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
