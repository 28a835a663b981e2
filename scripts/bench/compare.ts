import { type Outcome, valuesOf } from "./interleave.ts";
import type { Line, Measurement } from "./measure.ts";

interface Comparison extends Omit<Measurement, "ours" | "peer"> {
  /** Name of the line's values on both sides. */
  readonly values: string;
  readonly ours: string;
  readonly peer: string;
}

/** The table's line for two sides: a measurement, or why the peer has none. @throws {Error} when our own side failed */
export function compare(outcomes: ReadonlyMap<string, Outcome>, comparison: Comparison): Line {
  const { values, ours, peer, ...line } = comparison;
  const peerOutcome = outcomes.get(peer);
  if (peerOutcome && "failed" in peerOutcome)
    return { name: `${line.name} vs ${peer}`, skipped: peerOutcome.failed };
  return {
    ...line,
    ours: valuesOf(outcomes.get(ours), values),
    peer: { name: peer, values: valuesOf(peerOutcome, values) },
  };
}
