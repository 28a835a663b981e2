import type { ItemSeries } from "./worker-report.ts";

/** How long the rest of a job will take, milliseconds. */
export interface Remaining {
  readonly ms: number;
  readonly lowMs: number;
  /** Infinity: there is no telling. */
  readonly highMs: number;
}

/** Recent stretches that the pace is taken from. */
const RECENT = 12;
/** Standard errors on either side of the mean: 95 of 100 times the truth lies between, if the pace is steady. */
const SPREAD = 1.96;

/**
 * Estimates the rest of a job from its recent pace: the mean of the last whole stretches, with its standard error.
 *
 * @param series - items finished over time; the stretch that `nowMs` lies in is under way and left out
 * @returns undefined until one whole stretch has items
 */
export function estimateRemaining(
  series: ItemSeries,
  { items, sinceStartMs }: { readonly items: number; readonly sinceStartMs: number },
): Remaining | undefined {
  if (items <= 0) return { ms: 0, lowMs: 0, highMs: 0 };
  const whole = Math.floor(sinceStartMs / series.intervalMs);
  const first = series.counts.findIndex((count) => count > 0);
  if (first < 0 || first >= whole) return undefined;
  // The first stretch with items has workers that were still starting: it counts only while there is no other.
  const from = Math.max(whole - RECENT, Math.min(first + 1, whole - 1));
  const recent = Array.from({ length: whole - from }, (_, i) => series.counts[from + i] ?? 0);
  const mean = recent.reduce((sum, count) => sum + count, 0) / recent.length;
  if (mean === 0) return undefined;
  const squares = recent.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  // One stretch alone says nothing of the spread: half and double are what it may be.
  const error = recent.length > 1 ? Math.sqrt(squares / (recent.length - 1) / recent.length) : mean / 2;
  const msAt = (pace: number) => (pace <= 0 ? Number.POSITIVE_INFINITY : (items / pace) * series.intervalMs);
  return { ms: msAt(mean), lowMs: msAt(mean + SPREAD * error), highMs: msAt(mean - SPREAD * error) };
}
