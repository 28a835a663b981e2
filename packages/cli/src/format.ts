import type { RemainingView } from "@millrace/core";

/** A count with separators, such as `1,797`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A rate with about three digits, such as `12.3`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 100) return formatCount(perSecond);
  return perSecond.toFixed(perSecond >= 10 ? 1 : 2);
}

/** A duration such as `0.4s`, `12s`, `3m 05s` or `2h 10m`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3_600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3_600)}h ${pad(Math.floor((whole % 3_600) / 60))}m`;
}

/** The mean time per batch such as `0.412 s`, never 0. */
export function formatBatchTime(seconds: number): string {
  return seconds < 0.001 ? "less than 1 ms" : `${seconds.toFixed(3)} s`;
}

/** Remaining time such as `12s` or, when it is uncertain, `12s (9.1s to 17s)`. */
export function formatRemaining({ seconds, low_seconds, high_seconds }: RemainingView): string {
  const [low, most] = [formatDuration(low_seconds), formatDuration(seconds)];
  if (high_seconds === null) return `${most} (${low} or more)`;
  const high = formatDuration(high_seconds);
  return low === most && high === most ? most : `${most} (${low} to ${high})`;
}

/** An RFC 3339 time for a table, in UTC with second precision; `-` for null. */
export function formatTime(time: string | null): string {
  return time === null ? "-" : time.replace("T", " ").replace(/(\.\d+)?Z$/, "Z");
}

/** A size such as `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}
