import type { ItemSeries } from "./worker-report.ts";

/** Stretches that a series has at most; once it is full, two become one. */
const MAX_COUNTS = 120;

/** Counts items over time in bounded memory, however long the job runs: the stretches grow with it. */
export class ItemSeriesCounter {
  #intervalMs: number;
  #counts: number[];

  constructor(series: ItemSeries) {
    this.#intervalMs = series.intervalMs;
    this.#counts = [...series.counts];
  }

  /** @param sinceStartMs - milliseconds since the job was made */
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

/** The series of several workers as one, in the longest of their stretches. */
export function sumSeries(all: readonly ItemSeries[]): ItemSeries {
  const intervalMs = all.reduce((longest, series) => Math.max(longest, series.intervalMs), 0);
  const sum: number[] = [];
  for (const series of all) {
    for (const [i, count] of series.counts.entries()) {
      // Intervals are one second times a power of two, so that a short stretch lies in one long one.
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
