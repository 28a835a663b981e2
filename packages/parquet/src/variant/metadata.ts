import type { Buffer } from "node:buffer";
import { damaged } from "../parquet-error.ts";
import { textOf } from "../values/bytes.ts";

/** Names of the fields of a variant's objects, by number. */
export type VariantNames = readonly string[];

/** Decodes a variant's metadata: its dictionary of names. Source: VariantEncoding.md of Apache Parquet. @throws {ParquetError} */
export function decodeNames(bytes: Buffer): VariantNames {
  const header = bytes[0] ?? 0;
  if ((header & 0x0f) !== 1) throw damaged(`a variant is of version ${header & 0x0f}, expected 1`);
  const offsetBytes = (header >> 6) + 1;
  const count = unsigned(bytes, 1, offsetBytes);
  const offsets = 1 + offsetBytes;
  const start = offsets + (count + 1) * offsetBytes;
  if (start > bytes.length) throw damaged("the names of a variant are cut off");
  return Array.from({ length: count }, (_, i) => {
    const from = start + unsigned(bytes, offsets + i * offsetBytes, offsetBytes);
    const to = start + unsigned(bytes, offsets + (i + 1) * offsetBytes, offsetBytes);
    if (from > to || to > bytes.length) throw damaged("the names of a variant are cut off");
    return textOf(bytes.subarray(from, to));
  });
}

/** A little-endian number of 1 to 4 bytes. @throws {ParquetError} past the end */
export function unsigned(bytes: Buffer, at: number, size: number): number {
  if (at + size > bytes.length) throw damaged("a variant is cut off");
  return bytes.readUIntLE(at, size);
}
