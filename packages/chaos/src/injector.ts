import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import { FAULTS, type FaultKind } from "./faults/all.ts";
import type { ScheduledFault } from "./schedule.ts";
import { hasNeeds, type Target } from "./target.ts";

/** A job's progress. */
export interface JobProgress {
  /** 0..1 */
  readonly share: number;
  readonly isOver: boolean;
}

export interface InjectorOptions {
  readonly target: Target;
  /** Undefined when there is no answer, for example while the service restarts. */
  readonly progress: () => Promise<JobProgress | undefined>;
  /** Stops the schedule early; injected faults are undone. */
  readonly signal: AbortSignal;
  readonly onInjected?: (injection: Injection) => void;
}

/** What was injected, and when. */
export interface Injection {
  readonly kind: FaultKind;
  /** Since the start of the schedule. */
  readonly atMs: number;
  readonly what: string;
}

const LOOK_MS = 50;
/** A target may be briefly missing, such as a worker that is being restarted. */
const MISSING_MS = 5_000;

/** Active faults, and how to undo them. */
class Holds {
  readonly #open = new Map<string, { readonly timer: NodeJS.Timeout; readonly heal: () => Promise<void> }>();
  readonly #healing = new Set<Promise<void>>();
  #next = 0;

  add(heal: () => Promise<void>, holdMs: number): void {
    const id = String(this.#next++);
    this.#open.set(id, { heal, timer: setTimeout(() => this.#heal(id), holdMs) });
  }

  #heal(id: string): void {
    const hold = this.#open.get(id);
    if (!hold) return;
    clearTimeout(hold.timer);
    this.#open.delete(id);
    const healing = hold.heal().finally(() => this.#healing.delete(healing));
    // A failure is reported to the caller that awaits all of them.
    healing.catch(() => {});
    this.#healing.add(healing);
  }

  /** Undoes everything now. */
  async end(): Promise<void> {
    for (const id of [...this.#open.keys()]) this.#heal(id);
    await Promise.all(this.#healing);
  }
}

/**
 * Injects a schedule's faults into a running job, each at its share of progress; then waits for the job's end. Faults
 * that last are undone after their time, or at the job's end. The result does not include faults that found no target,
 * or for which the job ended too early.
 */
export async function runSchedule(
  schedule: readonly ScheduledFault[],
  options: InjectorOptions,
): Promise<readonly Injection[]> {
  const startedMs = performance.now();
  const holds = new Holds();
  const done: Injection[] = [];
  try {
    for (const scheduled of schedule) {
      if (!(await untilDue(scheduled.at, options))) break;
      const fault: Fault = FAULTS[scheduled.kind];
      const injected = await injectOnce(fault, scheduled, options);
      if (!injected) continue;
      const { what, heal } = injected;
      if (heal) holds.add(heal, fault.holdMs ?? 0);
      const injection = { kind: scheduled.kind, atMs: Math.round(performance.now() - startedMs), what };
      done.push(injection);
      options.onInjected?.(injection);
    }
    await untilDue(Number.POSITIVE_INFINITY, options);
  } finally {
    await holds.end();
  }
  return done;
}

/** Waits until the job has made this much progress; false when it is over. */
async function untilDue(share: number, { target, progress, signal }: InjectorOptions): Promise<boolean> {
  while (!signal.aborted) {
    const now = await progress();
    // Without the brake, the job would run past the next faults while one takes its time or progress is unknown.
    await target.brake?.(!now || now.share >= share);
    if (now?.isOver) return false;
    if (now && now.share >= share) return true;
    await delay(LOOK_MS, undefined, { signal }).catch(() => {});
  }
  return false;
}

async function injectOnce(fault: Fault, { draw }: ScheduledFault, { target, signal }: InjectorOptions) {
  if (!hasNeeds(target, fault.needs)) return undefined;
  const deadlineMs = performance.now() + MISSING_MS;
  for (;;) {
    const injected = await fault.inject(target, draw);
    if (injected || signal.aborted || performance.now() > deadlineMs) return injected;
    await delay(LOOK_MS);
  }
}
