import type { ItemSeries } from "./worker-report.ts";

/** Estimated time until the job is done, in milliseconds. */
export interface Remaining {
  readonly ms: number;
  readonly lowMs: number;
  /** Infinity: cannot be estimated. */
  readonly highMs: number;
}

/** Number of recent intervals used for the pace. */
const RECENT = 12;
/** Standard errors on either side of the mean: a 95% confidence interval if the pace is steady. */
const SPREAD = 1.96;

/**
 * Estimates the remaining time of a job from its recent pace: the mean of the last complete intervals, with its
 * standard error.
 *
 * @param series - items finished over time; the interval that contains `nowMs` is still open and is left out
 * @returns undefined until one complete interval has items
 */
export function estimateRemaining(
  series: ItemSeries,
  { items, sinceStartMs }: { readonly items: number; readonly sinceStartMs: number },
): Remaining | undefined {
  if (items <= 0) return { ms: 0, lowMs: 0, highMs: 0 };
  const whole = Math.floor(sinceStartMs / series.intervalMs);
  const first = series.counts.findIndex((count) => count > 0);
  if (first < 0 || first >= whole) return undefined;
  // In the first interval with items, workers were still starting: it is used only while there is no other.
  const from = Math.max(whole - RECENT, Math.min(first + 1, whole - 1));
  const recent = Array.from({ length: whole - from }, (_, i) => series.counts[from + i] ?? 0);
  const mean = recent.reduce((sum, count) => sum + count, 0) / recent.length;
  if (mean === 0) return undefined;
  const squares = recent.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  // A single interval shows no spread: assume half to double.
  const error = recent.length > 1 ? Math.sqrt(squares / (recent.length - 1) / recent.length) : mean / 2;
  const msAt = (pace: number) => (pace <= 0 ? Number.POSITIVE_INFINITY : (items / pace) * series.intervalMs);
  return { ms: msAt(mean), lowMs: msAt(mean + SPREAD * error), highMs: msAt(mean - SPREAD * error) };
}
