/** One line of a benchmark's table: what we did, what the peer or limit did, in the same rounds. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** One value a round. */
  readonly ours: readonly number[];
  /** The peer in the same rounds; absent where the target is absolute. */
  readonly peer?: { readonly name: string; readonly values: readonly number[] };
  /** What we aim at: a ratio where there is a peer, else a value. */
  readonly target: { readonly kind: "at least" | "at most"; readonly value: number };
}

/** Median of at least one value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Ratios round by round, so that a machine that slows down slows both. */
export function ratios({ ours, peer }: Measurement): readonly number[] {
  return ours.map((value, i) => value / (peer?.values[i] ?? 1));
}

export function meetsTarget(measurement: Measurement): boolean {
  const value = median(ratios(measurement));
  const { kind, value: target } = measurement.target;
  return kind === "at least" ? value >= target : value <= target;
}

export function format(measurement: Measurement): string {
  const { name, unit, ours, peer, target } = measurement;
  const all = ratios(measurement);
  const spread = `${round(Math.min(...all))}..${round(Math.max(...all))}`;
  const figure = peer
    ? `${round(median(ours))} ${unit} vs ${round(median(peer.values))} (${peer.name}): ratio ${round(median(all))} [${spread}]`
    : `${round(median(ours))} ${unit} [${spread}]`;
  return `${meetsTarget(measurement) ? "ok  " : "MISS"} ${name}: ${figure}, target ${target.kind} ${target.value}`;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
