const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The mean time per batch, never 0: "0.412 s". */
export function batchTime(seconds: number | null): string {
  if (seconds === null) return "–";
  return seconds < 0.001 ? "< 1 ms" : `${seconds.toFixed(3)} s`;
}

/** Seconds as people say them, in at most two units: "45 s", "3 min 20 s", "5 h 12 min", "2 d 3 h". */
export function duration(seconds: number): string {
  if (seconds < 1) return seconds <= 0 ? "0 s" : "< 1 s";
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return units([Math.floor(whole / MINUTE), "min"], [whole % MINUTE, "s"]);
  const minutes = Math.round(seconds / MINUTE);
  if (minutes < DAY / MINUTE) return units([Math.floor(minutes / 60), "h"], [minutes % 60, "min"]);
  const hours = Math.round(seconds / HOUR);
  return units([Math.floor(hours / 24), "d"], [hours % 24, "h"]);
}

/** An approximate number of seconds: one unit, rounded so that it does not look more precise than it is. */
export function roughDuration(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 55) return `${5 * Math.round(seconds / 5)} s`;
  if (seconds < 10 * MINUTE) return duration(30 * Math.round(seconds / 30));
  if (seconds < HOUR) return duration(MINUTE * Math.round(seconds / MINUTE));
  if (seconds < 10 * HOUR) return duration(10 * MINUTE * Math.round(seconds / (10 * MINUTE)));
  return duration(HOUR * Math.round(seconds / HOUR));
}

/** Seconds on an axis: "0:40", "12:00", "1:05:00". */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / MINUTE);
  if (minutes < 60) return `${minutes}:${two(whole % MINUTE)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % MINUTE)}`;
}

function units(...parts: readonly (readonly [number, string])[]): string {
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}
