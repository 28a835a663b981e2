import type { JobStatusView, ThroughputView } from "@millrace/core/rest";

/** One bar of the chart. */
export interface ThroughputBar {
  /** Seconds from the start of the chart. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly itemsPerSecond: number;
  /** The interval is not over yet, so the bar may still grow. */
  readonly isPartial: boolean;
}

/** Bars of equal width; neighbours are merged until there are at most `maxBars`. */
export function throughputBars(
  { interval_seconds, items }: ThroughputView,
  options: { readonly maxBars: number; readonly isOver: boolean },
): readonly ThroughputBar[] {
  const each = Math.max(1, Math.ceil(items.length / options.maxBars));
  const bars: ThroughputBar[] = [];
  for (let first = 0; first < items.length; first += each) {
    const part = items.slice(first, first + each);
    const seconds = part.length * interval_seconds;
    bars.push({
      fromSeconds: first * interval_seconds,
      toSeconds: first * interval_seconds + seconds,
      itemsPerSecond: part.reduce((sum, count) => sum + count, 0) / seconds,
      isPartial: !options.isOver && first + each >= items.length,
    });
  }
  return bars;
}

/** Number of intervals to average for the current rate. */
const RECENT = 5;

/** Items per second: recently while the job runs, overall once it is over; undefined if unknown. */
export function paceOf(job: JobStatusView, finished: number): number | undefined {
  if (job.start_time !== null && job.end_time !== null) {
    const seconds = (Date.parse(job.end_time) - Date.parse(job.start_time)) / 1_000;
    return finished > 0 && seconds > 0 ? finished / seconds : undefined;
  }
  const whole = job.throughput?.items.slice(0, -1).slice(-RECENT) ?? [];
  if (job.throughput === null || whole.length === 0) return undefined;
  return whole.reduce((sum, count) => sum + count, 0) / (whole.length * job.throughput.interval_seconds);
}

/** A round number at or above `value`, for the top of an axis: 1, 2, 2.5 or 5 times a power of ten. */
export function axisTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= value) ?? 10;
  return step * power;
}
