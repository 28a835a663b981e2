import type { Buffer } from "node:buffer";
import { damaged, ParquetError } from "../parquet-error.ts";
import { textOf, uuidOf } from "../values/bytes.ts";
import { decimalText } from "../values/decimals.ts";
import { floatText, type NanRule } from "../values/numbers.ts";
import { dateTexts, timestampTexts, timeTexts } from "../values/times.ts";

type Primitive = (bytes: Buffer, nan: NanRule) => string;

const one = (value: bigint) => BigInt64Array.of(value);
const decimal =
  (digits: (bytes: Buffer) => string): Primitive =>
  (bytes) =>
    decimalText(digits(bytes), bytes[0] as number);
const timestamp =
  (unit: "us" | "ns", isUtc: boolean): Primitive =>
  (bytes) =>
    timestampTexts(one(bytes.readBigInt64LE(0)), { unit, isUtc })[0] as string;

/** By type number. Source: VariantEncoding.md of Apache Parquet, "Encoding types". */
const PRIMITIVES: readonly { readonly size: number; readonly text: Primitive }[] = [
  { size: 0, text: () => "null" },
  { size: 0, text: () => "true" },
  { size: 0, text: () => "false" },
  { size: 1, text: (bytes) => String(bytes.readInt8(0)) },
  { size: 2, text: (bytes) => String(bytes.readInt16LE(0)) },
  { size: 4, text: (bytes) => String(bytes.readInt32LE(0)) },
  { size: 8, text: (bytes) => String(bytes.readBigInt64LE(0)) },
  { size: 8, text: (bytes, nan) => floatText(bytes.readDoubleLE(0), nan) },
  { size: 5, text: decimal((bytes) => String(bytes.readInt32LE(1))) },
  { size: 9, text: decimal((bytes) => String(bytes.readBigInt64LE(1))) },
  { size: 17, text: decimal((bytes) => String((bytes.readBigInt64LE(9) << 64n) | bytes.readBigUInt64LE(1))) },
  { size: 4, text: (bytes) => dateTexts(Int32Array.of(bytes.readInt32LE(0)))[0] as string },
  { size: 8, text: timestamp("us", true) },
  { size: 8, text: timestamp("us", false) },
  { size: 4, text: (bytes, nan) => floatText(bytes.readFloatLE(0), nan) },
  { size: 4, text: (bytes) => `"${sized(bytes).toString("base64")}"` },
  { size: 4, text: (bytes) => JSON.stringify(textOf(sized(bytes))) },
  { size: 8, text: (bytes) => timeTexts(one(bytes.readBigInt64LE(0)), "us")[0] as string },
  { size: 8, text: timestamp("ns", true) },
  { size: 8, text: timestamp("ns", false) },
  { size: 16, text: (bytes) => `"${uuidOf(bytes.subarray(0, 16))}"` },
];

/** The JSON text of a primitive value, following the rules for columns of its type. @throws {ParquetError} */
export function primitiveText(type: number, bytes: Buffer, nan: NanRule): string {
  const primitive = PRIMITIVES[type];
  if (!primitive) throw new ParquetError(`it has a variant of the type number ${type}, which cannot be read`);
  if (bytes.length < primitive.size) throw damaged("a variant is cut off");
  return primitive.text(bytes, nan);
}

/** Bytes preceded by their length. */
function sized(bytes: Buffer): Buffer {
  const end = 4 + bytes.readUInt32LE(0);
  if (end > bytes.length) throw damaged("a variant is cut off");
  return bytes.subarray(4, end);
}
