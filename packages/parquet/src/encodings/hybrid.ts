import type { Buffer } from "node:buffer";
import { damaged } from "../parquet-error.ts";

/** Numbers that fit into 32 bits. */
export type SmallInts = Uint8Array | Int32Array;

/**
 * Decodes the hybrid of run-length encoding and bit-packing into all of `output`. Returns where the next bytes start.
 *
 * Runs are: a varint `n << 1`, then one value that is repeated n times; or a varint `n << 1 | 1`, then 8n values packed
 * starting at the least significant bit. Values of the last run beyond `output` are skipped.
 *
 * @throws {ParquetError} when the bytes end before `output` is full
 */
export function decodeHybrid(bytes: Buffer, bitWidth: number, output: SmallInts): number {
  if (bitWidth === 0) return 0;
  if (bitWidth > 32) throw damaged(`a page has numbers of ${bitWidth} bits, expected 32 at most`);
  const valueBytes = (bitWidth + 7) >> 3;
  let at = 0;
  let filled = 0;
  while (filled < output.length) {
    const { value: head, end } = readVarint(bytes, at);
    at = end;
    if (head % 2 === 0) {
      if (at + valueBytes > bytes.length) throw damaged("a run of a page is cut off");
      const value = bytes.readUIntLE(at, valueBytes);
      at += valueBytes;
      const stop = Math.min(output.length, filled + head / 2);
      output.fill(value, filled, stop);
      // An empty run (DuckDB writes one) is skipped; it still consumes bytes, so the loop ends.
      filled = stop;
    } else {
      const runBytes = ((head - 1) / 2) * bitWidth;
      const wanted = Math.min(output.length - filled, ((head - 1) / 2) * 8);
      // The last run may omit bytes that contain no requested value.
      const needed = Math.ceil((wanted * bitWidth) / 8);
      if (at + needed > bytes.length) throw damaged("a run of a page is cut off");
      unpackBits(bytes.subarray(at, at + needed), bitWidth, output.subarray(filled, filled + wanted));
      filled += wanted;
      at = Math.min(bytes.length, at + runBytes);
    }
  }
  return at;
}

/**
 * Unpacks values of `bitWidth` bits, at most 32, starting at the least significant bit; the caller ensures enough
 * bytes.
 */
export function unpackBits(bytes: Buffer, bitWidth: number, output: SmallInts): void {
  const mask = 2 ** bitWidth - 1;
  // A double holds 53 bits exactly: the rest of a byte and four more bytes fit.
  let held = 0;
  let heldBits = 0;
  let at = 0;
  if (bitWidth <= 24) {
    for (let i = 0; i < output.length; i += 1) {
      while (heldBits < bitWidth) {
        held |= (bytes[at] as number) << heldBits;
        at += 1;
        heldBits += 8;
      }
      output[i] = held & mask;
      held >>>= bitWidth;
      heldBits -= bitWidth;
    }
    return;
  }
  const size = 2 ** bitWidth;
  for (let i = 0; i < output.length; i += 1) {
    while (heldBits < bitWidth) {
      held += (bytes[at] as number) * 2 ** heldBits;
      at += 1;
      heldBits += 8;
    }
    output[i] = held % size;
    held = Math.floor(held / size);
    heldBits -= bitWidth;
  }
}

/**
 * Unpacks levels in the old encoding BIT_PACKED: like the others, but starting at the most significant bit. Returns
 * where the next bytes start.
 */
export function decodeBitPacked(bytes: Buffer, bitWidth: number, output: SmallInts): number {
  const size = Math.ceil((output.length * bitWidth) / 8);
  if (size > bytes.length) throw damaged("the levels of a page are cut off");
  for (let i = 0, bit = 0; i < output.length; i += 1) {
    let value = 0;
    for (let left = bitWidth; left > 0; left -= 1, bit += 1) {
      value = (value << 1) | (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1);
    }
    output[i] = value;
  }
  return size;
}

/** Reads an unsigned LEB128 number below 2^53; `end` is where it ends. @throws {ParquetError} */
export function readVarint(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let factor = 1;
  for (let end = at; end < at + 10; end += 1) {
    const byte = bytes[end];
    if (byte === undefined) throw damaged("a number of a page is cut off");
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: end + 1 };
    factor *= 128;
  }
  throw damaged("a number of a page does not end");
}
