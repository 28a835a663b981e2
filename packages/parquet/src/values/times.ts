import type { ByteValues } from "../encodings/values.ts";
import type { TimeUnit } from "../metadata/logical-type.ts";

/** Units per second, and the number of decimal places. */
const UNITS = {
  s: { per: 1, places: 0 },
  ms: { per: 1_000, places: 3 },
  us: { per: 1_000_000, places: 6 },
  ns: { per: 1_000_000_000, places: 9 },
} as const;
const DAY_SECONDS = 86_400;
const MS_PER_DAY = 86_400_000;
/** The range of days of JavaScript's `Date` (ECMA-262 21.4.1.1). */
const MAX_DATE_DAYS = 100_000_000;
/** Days from Julian day 0 to 1970-01-01. */
const JULIAN_EPOCH_DAY = 2_440_588;
const DAYS_PER_400_YEARS = 146_097;

/** ISO 8601 dates; a year past 9999 or before 0 has a sign and six digits, or more if needed. */
export function dateTexts(days: Int32Array): string[] {
  const name = remembering(dateOf);
  return Array.from(days, (day) => `"${name(day)}"`);
}

/** ISO 8601 times: at least milliseconds, and as many more digits as needed; `Z` for instants. */
export function timestampTexts(
  values: BigInt64Array,
  { unit, isUtc }: { readonly unit: TimeUnit; readonly isUtc: boolean },
): string[] {
  const { per, places } = UNITS[unit];
  const name = remembering(dateOf);
  const suffix = isUtc ? 'Z"' : '"';
  return Array.from(values, (value) => {
    const { days, seconds, fraction } = split(value, per);
    return `"${name(days)}T${clock(seconds)}${decimals(fraction, places)}${suffix}`;
  });
}

/** Timestamps of the older type, nanoseconds of a Julian day: without a time zone, as Arrow reads them. */
export function int96Texts({ bytes, starts }: ByteValues): string[] {
  const { per, places } = UNITS.ns;
  const name = remembering(dateOf);
  return Array.from(starts, (start) => {
    // Some writers store more nanoseconds than a day has, or a negative number.
    const { days, seconds, fraction } = split(bytes.readBigInt64LE(start), per);
    const day = bytes.readInt32LE(start + 8) - JULIAN_EPOCH_DAY + days;
    return `"${name(day)}T${clock(seconds)}${decimals(fraction, places)}"`;
  });
}

/** ISO 8601 times of the day. A value beyond a day keeps its hours, a negative one has a sign: nothing is lost. */
export function timeTexts(values: Int32Array | BigInt64Array, unit: TimeUnit): string[] {
  const { per, places } = UNITS[unit];
  return Array.from(values, (value: number | bigint) => {
    const { sign, days, seconds, fraction } = magnitude(BigInt(value), per);
    return `"${sign}${clock(days * DAY_SECONDS + seconds)}${decimals(fraction, places)}"`;
  });
}

/** ISO 8601 durations in days, hours, minutes and seconds, such as `P1DT2H0.5S`; zero is `PT0S`. */
export function durationTexts(values: BigInt64Array, unit: "s" | TimeUnit): string[] {
  const { per, places } = UNITS[unit];
  return Array.from(values, (value) => {
    const { sign, days, seconds, fraction } = magnitude(value, per);
    const ofSecond = fraction ? `.${String(fraction).padStart(places, "0").replace(/0+$/, "")}` : "";
    const ofDay =
      part(Math.floor(seconds / 3_600), "H") +
      part(Math.floor(seconds / 60) % 60, "M") +
      (seconds % 60 || fraction ? `${seconds % 60}${ofSecond}S` : "");
    return `"${sign}P${part(days, "D") + (ofDay && `T${ofDay}`) || "T0S"}"`;
  });
}

function part(count: number, name: string): string {
  return count === 0 ? "" : `${count}${name}`;
}

interface Parts {
  /** May be negative; the others are not. */
  readonly days: number;
  readonly seconds: number;
  /** In the unit of the count. */
  readonly fraction: number;
}

/** Splits a count of fractions of a second into whole days, seconds of the day, and the remaining fractions. */
function split(count: bigint, per: number): Parts {
  const number = Number(count);
  if (Number.isSafeInteger(number)) {
    const total = Math.floor(number / per);
    const days = Math.floor(total / DAY_SECONDS);
    return { days, seconds: total - days * DAY_SECONDS, fraction: number - total * per };
  }
  const perDay = BigInt(per) * BigInt(DAY_SECONDS);
  const ofDay = ((count % perDay) + perDay) % perDay;
  const seconds = ofDay / BigInt(per);
  return {
    days: Number((count - ofDay) / perDay),
    seconds: Number(seconds),
    fraction: Number(ofDay - seconds * BigInt(per)),
  };
}

function magnitude(count: bigint, per: number): Parts & { readonly sign: string } {
  return count < 0n ? { sign: "-", ...split(-count, per) } : { sign: "", ...split(count, per) };
}

function clock(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

/** Decimal places: at least three, without trailing zeros after those. */
function decimals(fraction: number, places: number): string {
  if (fraction === 0) return ".000";
  const digits = String(fraction).padStart(places, "0");
  return places === 3 ? `.${digits}` : `.${digits.slice(0, 3)}${digits.slice(3).replace(/0+$/, "")}`;
}

/** The date this many days after 1970-01-01, in the proleptic Gregorian calendar. */
function dateOf(day: number): string {
  if (Math.abs(day) <= MAX_DATE_DAYS) return new Date(day * MS_PER_DAY).toISOString().replace(/T.*/, "");
  // The calendar repeats every 400 years.
  const cycles = Math.trunc(day / DAYS_PER_400_YEARS);
  const [, year = "", rest = ""] = /^(.*)(-\d\d-\d\d)$/.exec(dateOf(day - cycles * DAYS_PER_400_YEARS)) ?? [];
  const shifted = Number(year) + cycles * 400;
  return `${shifted < 0 ? "-" : "+"}${String(Math.abs(shifted)).padStart(6, "0")}${rest}`;
}

/** Memoizes the name of a day: days repeat, and formatting them costs more than all the rest. */
function remembering(name: (day: number) => string): (day: number) => string {
  const known = new Map<number, string>();
  return (day) => {
    let text = known.get(day);
    if (text === undefined) {
      text = name(day);
      if (known.size < MAX_REMEMBERED) known.set(day, text);
    }
    return text;
  };
}

/** About 27 years of days. */
const MAX_REMEMBERED = 10_000;
