import type { ByteValues } from "../encodings/values.ts";
import { bigEndian, integerTexts, longTexts } from "./numbers.ts";

/** A double distinguishes any two decimals with this many digits (IEEE 754 binary64, DBL_DIG). */
const EXACT_DIGITS = 15;

/** Decimals of at most 32 or 64 bits, or stored as big-endian bytes. */
export function decimalTexts(values: Int32Array | BigInt64Array | ByteValues, scale: number): string[] {
  const texts =
    values instanceof Int32Array
      ? integerTexts(values)
      : values instanceof BigInt64Array
        ? longTexts(values)
        : Array.from(values.starts, (start, i) =>
            String(bigEndian(values.bytes.subarray(start, values.ends[i]))),
          );
  return scale === 0 ? texts : texts.map((digits) => decimalText(digits, scale));
}

/**
 * `digits` times 10^-scale: a JSON number with all its decimal places if a reader that parses it as a double gets the
 * same decimal back, otherwise a string.
 */
export function decimalText(digits: string, scale: number): string {
  if (scale <= 0) return digits;
  const isNegative = digits.startsWith("-");
  const magnitude = (isNegative ? digits.slice(1) : digits).padStart(scale + 1, "0");
  const text = `${isNegative ? "-" : ""}${magnitude.slice(0, -scale)}.${magnitude.slice(-scale)}`;
  return magnitude.length <= EXACT_DIGITS || isExact(text) ? text : `"${text}"`;
}

function isExact(text: string): boolean {
  const shortest = withoutExponent(String(Math.abs(Number(text))));
  const digits = text.replace("-", "").replace(/\.?0+$/, "");
  return shortest === (digits === "" ? "0" : digits);
}

/** A positive number as JavaScript writes it, without an exponent. */
function withoutExponent(text: string): string {
  const [mantissa = "", exponent] = text.split("e");
  if (exponent === undefined) return text;
  const [whole = "", fraction = ""] = mantissa.split(".");
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  return digits.padEnd(point, "0");
}
