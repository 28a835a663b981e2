/** One line of a benchmark's table: our values and those of the peer or limit, from the same rounds. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** Whether higher values are better, as for a rate, or lower ones, as for seconds. */
  readonly better: "more" | "less";
  /** One value per round. */
  readonly ours: readonly number[];
  /** The peer in the same rounds; missing where the target is absolute. */
  readonly peer?: { readonly name: string; readonly values: readonly number[] };
  /** The target, if there is one: a ratio to the peer or, without a peer, a value. */
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
  /** Small sizes, so that all cases together take less than ten minutes. */
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

/** Ratios round by round, so that a slowdown of the machine affects both; without a peer, the values. */
export function ratios({ ours, peer }: Measurement): readonly number[] {
  return ours.map((value, i) => value / (peer?.values[i] ?? 1));
}

/** Undefined without a target. */
export function meetsTarget(measurement: Measurement): boolean | undefined {
  const { target, better } = measurement;
  if (target === undefined) return undefined;
  const value = median(ratios(measurement));
  return better === "more" ? value >= target : value <= target;
}

/** How many times better than the peer: above 1 is better, whichever direction is good. Undefined without a peer. */
export function advantage(measurement: Measurement): number | undefined {
  if (!measurement.peer) return undefined;
  const ratio = median(ratios(measurement));
  return measurement.better === "more" ? ratio : 1 / ratio;
}

/**
 * How a measure grows with a size: the exponent of the best-fitting power law, by least squares over the logarithms. 1
 * is linear, 0 is constant.
 */
export function growthExponent(points: readonly { readonly size: number; readonly value: number }[]): number {
  const logs = points.map(({ size, value }) => [Math.log(size), Math.log(value)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const square = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(square > 0)) throw new RangeError("Cannot fit growth: expected at least two sizes");
  return logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / square;
}
