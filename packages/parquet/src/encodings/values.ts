import type { Buffer } from "node:buffer";

/** Strings or bytes of variable or fixed length: their positions in a common buffer. */
export interface ByteValues {
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/**
 * Decoded values of one page or dictionary, by physical type: bytes 0 or 1 for BOOLEAN, typed arrays for numbers,
 * positions in a buffer for all kinds of bytes (including INT96).
 */
export type Values = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array | ByteValues;

export function isByteValues(values: Values): values is ByteValues {
  return !ArrayBuffer.isView(values);
}

/** Consecutive values of equal length. */
export function fixedLength(bytes: Buffer, valueBytes: number, count: number): ByteValues {
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    starts[i] = i * valueBytes;
    ends[i] = (i + 1) * valueBytes;
  }
  return { bytes, starts, ends };
}
