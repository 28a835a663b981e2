import type { Fault } from "./fault.ts";
import { FAULTS, type FaultKind } from "./faults/all.ts";
import { seededRandom } from "./random.ts";

/** One planned fault. */
export interface ScheduledFault {
  readonly kind: FaultKind;
  /** When: at this share of the job's items done, 0 < at < 1. */
  readonly at: number;
  /** Selects one of several targets, 0 <= draw < 1. */
  readonly draw: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly faults: number;
  /** Kinds to draw from. */
  readonly kinds: readonly FaultKind[];
}

/** No fault starts after this share: the job could be over before it is injected. */
const LATEST = 0.9;

/** A seed's faults, in order of time. Deterministic for the same options. */
export function makeSchedule({ seed, faults, kinds }: ScheduleOptions): readonly ScheduledFault[] {
  const random = seededRandom(seed);
  const left = new Map(kinds.map((kind) => [kind, mostOf(kind, faults)]));
  return Array.from({ length: faults }, (_, i): ScheduledFault => {
    const kind = drawKind(
      [...left].flatMap(([kind, most]) => (most > 0 ? [kind] : [])),
      random(),
    );
    left.set(kind, (left.get(kind) ?? 0) - 1);
    const at = (LATEST * (i + random())) / faults;
    return { kind, at: Number(at.toFixed(5)), draw: Number(random().toFixed(5)) };
  });
}

function mostOf(kind: FaultKind, faults: number): number {
  const { mostOfThousand }: Fault = FAULTS[kind];
  return mostOfThousand === undefined ? faults : Math.ceil((mostOfThousand * faults) / 1_000);
}

function drawKind(kinds: readonly FaultKind[], draw: number): FaultKind {
  let point = draw * kinds.reduce((sum, kind) => sum + FAULTS[kind].weight, 0);
  for (const kind of kinds) {
    point -= FAULTS[kind].weight;
    if (point < 0) return kind;
  }
  throw new RangeError("Cannot draw a fault: there are no kinds to draw from");
}

/** A schedule as text, one line per fault. */
export function printSchedule(schedule: readonly ScheduledFault[]): string {
  return schedule
    .map(({ kind, at, draw }) => `${(at * 100).toFixed(1).padStart(5)} %  ${kind}  (draw ${draw})`)
    .join("\n");
}
