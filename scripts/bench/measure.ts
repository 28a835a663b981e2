/** One line of a benchmark's table: what we did, what the peer or limit did, in the same rounds. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** Whether more of the unit is better, as of a rate, or less, as of seconds. */
  readonly better: "more" | "less";
  /** One value a round. */
  readonly ours: readonly number[];
  /** The peer in the same rounds; absent where the target is absolute. */
  readonly peer?: { readonly name: string; readonly values: readonly number[] };
  /** What we aim at, where we do: a ratio to the peer where there is one, else a value. */
  readonly target?: number;
}

/** A line that could not be measured here. */
export interface Skipped {
  readonly name: string;
  readonly skipped: string;
}

export type Line = Measurement | Skipped;

export interface BenchOptions {
  readonly rounds: number;
  /** Small sizes, so that all cases together end within ten minutes. */
  readonly quick: boolean;
}

/** Median of at least one value. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median of no values");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Ratios round by round, so that a machine that slows down slows both; without a peer, the values. */
export function ratios({ ours, peer }: Measurement): readonly number[] {
  return ours.map((value, i) => value / (peer?.values[i] ?? 1));
}

/** Undefined where nothing is aimed at. */
export function meetsTarget(measurement: Measurement): boolean | undefined {
  const { target, better } = measurement;
  if (target === undefined) return undefined;
  const value = median(ratios(measurement));
  return better === "more" ? value >= target : value <= target;
}

/** How many times better than the peer: above 1 whether more or less is better. Undefined without a peer. */
export function advantage(measurement: Measurement): number | undefined {
  if (!measurement.peer) return undefined;
  const ratio = median(ratios(measurement));
  return measurement.better === "more" ? ratio : 1 / ratio;
}

/**
 * How a measure grows with a size: the exponent of the power law that fits best, by least squares over the logarithms.
 * 1 is linear, 0 does not grow.
 */
export function growthExponent(points: readonly { readonly size: number; readonly value: number }[]): number {
  const logs = points.map(({ size, value }) => [Math.log(size), Math.log(value)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const square = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(square > 0)) throw new RangeError("Cannot fit growth: expected at least two sizes");
  return logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / square;
}
