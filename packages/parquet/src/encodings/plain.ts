import type { Buffer } from "node:buffer";
import type { LeafType } from "../metadata/schema-tree.ts";
import { damaged } from "../parquet-error.ts";
import { type ByteValues, fixedLength, type Values } from "./values.ts";

/** Decodes `count` values in the encoding PLAIN. @throws {ParquetError} when the bytes do not contain them */
export function decodePlain(bytes: Buffer, type: LeafType, count: number): Values {
  switch (type.physical) {
    case "BOOLEAN":
      return booleans(bytes, count);
    case "INT32":
      return new Int32Array(aligned(bytes, count * 4));
    case "INT64":
      return new BigInt64Array(aligned(bytes, count * 8));
    case "FLOAT":
      return new Float32Array(aligned(bytes, count * 4));
    case "DOUBLE":
      return new Float64Array(aligned(bytes, count * 8));
    case "BYTE_ARRAY":
      return byteArrays(bytes, count);
    case "INT96":
    case "FIXED_LEN_BYTE_ARRAY":
      expectBytes(bytes, count * type.valueBytes);
      return fixedLength(bytes, type.valueBytes, count);
  }
}

/** A copy of the first bytes in a buffer of its own, aligned for any type. */
export function aligned(bytes: Buffer, size: number): ArrayBuffer {
  expectBytes(bytes, size);
  const copy = new ArrayBuffer(size);
  new Uint8Array(copy).set(bytes.subarray(0, size));
  return copy;
}

export function expectBytes(bytes: Buffer, size: number): void {
  if (bytes.length < size) throw damaged(`a page holds ${bytes.length} bytes of values, expected ${size}`);
}

function booleans(bytes: Buffer, count: number): Uint8Array {
  expectBytes(bytes, Math.ceil(count / 8));
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) values[i] = ((bytes[i >> 3] as number) >> (i & 7)) & 1;
  return values;
}

function byteArrays(bytes: Buffer, count: number): ByteValues {
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    if (at + 4 > bytes.length) throw damaged("a page ends before its values do");
    const start = at + 4;
    at = start + bytes.readUInt32LE(at);
    if (at > bytes.length) throw damaged("a value goes past the end of its page");
    starts[i] = start;
    ends[i] = at;
  }
  return { bytes, starts, ends };
}
