import type { ItemSeries } from "./worker-report.ts";

/** Maximum number of intervals in a series; when it is full, neighbours are merged. */
const MAX_COUNTS = 120;

/** Counts items over time in bounded memory: the longer the job runs, the longer the intervals. */
export class ItemSeriesCounter {
  #intervalMs: number;
  #counts: number[];

  constructor(series: ItemSeries) {
    this.#intervalMs = series.intervalMs;
    this.#counts = [...series.counts];
  }

  /** @param sinceStartMs - milliseconds since the job was created */
  add(items: number, sinceStartMs: number): void {
    const at = () => Math.floor(Math.max(0, sinceStartMs) / this.#intervalMs);
    while (at() >= MAX_COUNTS) {
      this.#counts = halve(this.#counts);
      this.#intervalMs *= 2;
    }
    while (this.#counts.length <= at()) this.#counts.push(0);
    this.#counts[at()] = (this.#counts[at()] ?? 0) + items;
  }

  get series(): ItemSeries {
    return { intervalMs: this.#intervalMs, counts: [...this.#counts] };
  }
}

/** Sums the series of several workers, using the longest of their intervals. */
export function sumSeries(all: readonly ItemSeries[]): ItemSeries {
  const intervalMs = all.reduce((longest, series) => Math.max(longest, series.intervalMs), 0);
  const sum: number[] = [];
  for (const series of all) {
    for (const [i, count] of series.counts.entries()) {
      // Intervals are one second times a power of two, so that a short one always lies within one long one.
      const at = Math.floor((i * series.intervalMs) / intervalMs);
      while (sum.length <= at) sum.push(0);
      sum[at] = (sum[at] ?? 0) + count;
    }
  }
  return { intervalMs: intervalMs || 1_000, counts: sum };
}

function halve(counts: readonly number[]): number[] {
  return Array.from(
    { length: Math.ceil(counts.length / 2) },
    (_, i) => (counts[2 * i] ?? 0) + (counts[2 * i + 1] ?? 0),
  );
}
