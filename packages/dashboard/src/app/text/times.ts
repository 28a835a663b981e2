import { duration } from "./durations.ts";
import type { Locale } from "./numbers.ts";

const WEEK_SECONDS = 7 * 86_400;

/** How long ago, or the date if that is more useful: "just now", "5 min ago", "3 h ago", "12 Mar 2031". */
export function ago(time: string, nowMs: number, locale?: Locale): string {
  const seconds = (nowMs - Date.parse(time)) / 1_000;
  if (seconds < 10) return "just now";
  if (seconds < WEEK_SECONDS) return `${largestUnit(duration(seconds))} ago`;
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(Date.parse(time));
}

/** The full date and time, for a tooltip. */
export function moment(time: string, locale?: Locale): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "long" }).format(Date.parse(time));
}

/** A log line's time of day, in the browser's time zone, to the millisecond. */
export function timeOfDay(time: string): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** Seconds between two times; the second may be in the future. */
export function secondsBetween(start: string, end: string | null, nowMs: number): number {
  return Math.max(0, ((end === null ? nowMs : Date.parse(end)) - Date.parse(start)) / 1_000);
}

function largestUnit(text: string): string {
  return text.split(" ").slice(0, 2).join(" ");
}
