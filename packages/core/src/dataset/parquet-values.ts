import { Buffer } from "node:buffer";

/**
 * How Parquet's values become JSON's: dates are ISO 8601 days, timestamps ISO 8601 in UTC with as many digits as
 * they have, at least milliseconds.
 */
export const PARQUET_PARSERS = {
  timestampFromMilliseconds: (millis: bigint | undefined) => isoTime(millis, 3),
  timestampFromMicroseconds: (micros: bigint | undefined) => isoTime(micros, 6),
  timestampFromNanoseconds: (nanos: bigint | undefined) => isoTime(nanos, 9),
  dateFromDays: (days: number | undefined) =>
    days === undefined ? undefined : (isoTime(BigInt(days) * 86_400n, 0) as string).replace(/T.*/, ""),
};

/** The last day that `Date` knows, in seconds (ECMA-262 21.4.1.1). */
const MAX_DATE_SECONDS = 8_640_000_000_000n;

/** ISO time of a count of seconds, milli-, micro- or nanoseconds since the epoch; the count as text past `Date`'s range. */
function isoTime(count: bigint | undefined, digits: number): string | undefined {
  if (count === undefined) return undefined;
  const value = BigInt(count);
  const unit = 10n ** BigInt(digits);
  let fraction = value % unit;
  if (fraction < 0n) fraction += unit;
  const seconds = (value - fraction) / unit;
  if (seconds > MAX_DATE_SECONDS || seconds < -MAX_DATE_SECONDS) return String(value);
  const fractionText = String(fraction).padStart(digits, "0").padEnd(3, "0");
  const shown = fractionText.slice(0, 3) + fractionText.slice(3).replace(/0+$/, "");
  return new Date(Number(seconds) * 1000).toISOString().replace(/\.000Z$/, `.${shown}Z`);
}

/** The JSON text of a row: safe 64-bit integers as numbers, others as strings, bytes as base64, no value as null. */
export function parquetRowText(names: readonly string[], row: readonly unknown[]): string {
  let text = "{";
  for (let i = 0; i < names.length; i += 1) {
    text += `${i === 0 ? "" : ","}${names[i]}:${JSON.stringify(row[i] ?? null, replaceValue)}`;
  }
  return `${text}}`;
}

function replaceValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  }
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>);
  return value === undefined ? null : value;
}
