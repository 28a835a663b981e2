import type { Buffer } from "node:buffer";
import type { ByteValues } from "../encodings/values.ts";

/** Replacement for NaN and infinities, which JSON numbers cannot represent. */
export type NanRule = "null" | "string";

/** 64-bit numbers whose upper half is within these bounds are exact as doubles. */
const SAFE_UPPER = 2 ** 21;

export function booleanTexts(values: Uint8Array): string[] {
  return Array.from(values, (value) => (value === 1 ? "true" : "false"));
}

export function integerTexts(values: Int32Array): string[] {
  return Array.from(values, String);
}

export function unsignedTexts(values: Int32Array): string[] {
  return Array.from(values, (value) => String(value >>> 0));
}

/**
 * All digits, even if a double would not hold them. Computed from halves, since a BigInt per value takes four times as
 * long.
 */
export function longTexts(values: BigInt64Array): string[] {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  return Array.from(values, (value, i) => {
    const upper = halves[2 * i + 1] as number;
    return upper < SAFE_UPPER && upper >= -SAFE_UPPER
      ? String(upper * 2 ** 32 + ((halves[2 * i] as number) >>> 0))
      : String(value);
  });
}

export function unsignedLongTexts(values: BigInt64Array): string[] {
  return Array.from(new BigUint64Array(values.buffer, values.byteOffset, values.length), String);
}

/** Floats remain recognizable as floats: `1.0`, not `1`. */
export function floatTexts(values: Float32Array | Float64Array, nan: NanRule): string[] {
  return Array.from(values, (value) => floatText(value, nan));
}

export function floatText(value: number, nan: NanRule): string {
  if (Number.isInteger(value)) {
    if (Object.is(value, -0)) return "-0.0";
    const text = String(value);
    // From 1e21 on it has an exponent, which also marks a float.
    return text.includes("e") ? text : `${text}.0`;
  }
  if (Number.isFinite(value)) return String(value);
  return nan === "null" ? "null" : `"${value}"`;
}

/** IEEE 754 half precision: a sign, 5 bits of exponent, 10 of fraction, little-endian. */
export function halfTexts({ bytes, starts }: ByteValues, nan: NanRule): string[] {
  return Array.from(starts, (start) => floatText(half(bytes.readUInt16LE(start)), nan));
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A big-endian number in two's complement, of any length. */
export function bigEndian(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n;
  const value = BigInt(`0x${bytes.toString("hex")}`);
  return BigInt.asIntN(bytes.length * 8, value);
}
