import { Buffer } from "node:buffer";
import type { LeafType } from "../metadata/schema-tree.ts";
import { decodePlain, expectBytes } from "./plain.ts";
import type { Values } from "./values.ts";

const WIDTHS: Readonly<Record<string, number>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8 };

/**
 * Decodes BYTE_STREAM_SPLIT: the first bytes of all values, then all second bytes, and so on. @throws {ParquetError}
 */
export function decodeByteStreamSplit(bytes: Buffer, type: LeafType, count: number): Values {
  const width = WIDTHS[type.physical] ?? type.valueBytes;
  expectBytes(bytes, count * width);
  const plain = Buffer.alloc(count * width);
  for (let stream = 0; stream < width; stream += 1) {
    for (let i = 0; i < count; i += 1) plain[i * width + stream] = bytes[stream * count + i] as number;
  }
  return decodePlain(plain, type, count);
}
