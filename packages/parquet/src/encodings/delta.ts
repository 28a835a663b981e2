import { Buffer } from "node:buffer";
import { damaged } from "../parquet-error.ts";
import { readVarint, unpackBits } from "./hybrid.ts";
import type { ByteValues } from "./values.ts";

/** Writers use at most about 100,000 values per block. */
const MAX_BLOCK_VALUES = 1 << 24;

/**
 * Decodes DELTA_BINARY_PACKED numbers, modulo 2^32 or 2^64 as the format requires; `end` is where the next bytes start.
 */
export function decodeDelta(
  bytes: Buffer,
  count: number,
  { bits }: { readonly bits: 32 | 64 },
): { readonly values: Int32Array | BigInt64Array; readonly end: number } {
  const values = bits === 32 ? new Int32Array(count) : new BigInt64Array(count);
  // A page with only nulls may have no header.
  if (count === 0) return { values, end: bytes.length };
  const header = readHeader(bytes);
  if (header.total < count) throw damaged(`a page holds ${header.total} numbers, expected ${count}`);
  // Everything present is skipped, even what was not requested, because lengths are followed by other bytes.
  const end =
    bits === 32
      ? fillNarrow(bytes, header, values as Int32Array)
      : fillWide(bytes, header, values as BigInt64Array);
  return { values, end };
}

interface DeltaHeader {
  readonly total: number;
  readonly miniblocks: number;
  /** Values per miniblock: a multiple of 8. */
  readonly perMiniblock: number;
  readonly first: bigint;
  readonly end: number;
}

function readHeader(bytes: Buffer): DeltaHeader {
  const block = readVarint(bytes, 0);
  const miniblocks = readVarint(bytes, block.end);
  const total = readVarint(bytes, miniblocks.end);
  const first = readZigzag(bytes, total.end);
  const perMiniblock = block.value / miniblocks.value;
  const isSound =
    miniblocks.value > 0 && block.value <= MAX_BLOCK_VALUES && perMiniblock > 0 && perMiniblock % 8 === 0;
  if (!isSound) {
    throw damaged(`a page has blocks of ${block.value} numbers in ${miniblocks.value} parts`);
  }
  return {
    total: total.value,
    miniblocks: miniblocks.value,
    perMiniblock,
    first: first.value,
    end: first.end,
  };
}

/** Calls back with the bits of the deltas for each miniblock that contains a value; returns where the last one ends. */
function eachMiniblock(
  bytes: Buffer,
  header: DeltaHeader,
  take: (miniblock: {
    readonly minDelta: bigint;
    readonly bitWidth: number;
    readonly bytes: Buffer;
    readonly count: number;
  }) => void,
): number {
  const { miniblocks, perMiniblock } = header;
  let at = header.end;
  let left = header.total - 1;
  while (left > 0) {
    const { value: minDelta, end } = readZigzag(bytes, at);
    const widths = bytes.subarray(end, end + miniblocks);
    if (widths.length < miniblocks) throw damaged("a block of numbers is cut off");
    at = end + miniblocks;
    for (let i = 0; i < miniblocks && left > 0; i += 1) {
      const bitWidth = widths[i] as number;
      if (bitWidth > 64) throw damaged(`a block has numbers of ${bitWidth} bits`);
      const count = Math.min(left, perMiniblock);
      const size = (perMiniblock / 8) * bitWidth;
      const needed = Math.ceil((count * bitWidth) / 8);
      if (at + needed > bytes.length) throw damaged("a block of numbers is cut off");
      take({ minDelta, bitWidth, bytes: bytes.subarray(at, at + needed), count });
      // Writers should pad the last miniblock; some do not.
      at = Math.min(bytes.length, at + size);
      left -= count;
    }
  }
  return at;
}

function fillNarrow(bytes: Buffer, header: DeltaHeader, values: Int32Array): number {
  let value = Number(BigInt.asIntN(32, header.first));
  let at = 0;
  const put = (next: number) => {
    value = next;
    if (at < values.length) values[at] = next;
    at += 1;
  };
  if (header.total > 0) put(value);
  let deltas = new Int32Array(0);
  return eachMiniblock(bytes, header, (miniblock) => {
    const base = Number(BigInt.asIntN(32, miniblock.minDelta));
    const { count, bitWidth } = miniblock;
    if (deltas.length < count) deltas = new Int32Array(count);
    const unpacked = deltas.subarray(0, count);
    // Bits above the 32nd make no difference modulo 2^32.
    if (bitWidth <= 32) unpackBits(miniblock.bytes, bitWidth, unpacked);
    else
      for (let i = 0; i < count; i += 1)
        unpacked[i] = Number(BigInt.asIntN(32, bitsAt(miniblock.bytes, i * bitWidth, bitWidth)));
    for (let i = 0; i < count; i += 1) put((value + base + (unpacked[i] as number)) | 0);
  });
}

function fillWide(bytes: Buffer, header: DeltaHeader, values: BigInt64Array): number {
  let value = BigInt.asIntN(64, header.first);
  let at = 0;
  const put = (next: bigint) => {
    value = next;
    if (at < values.length) values[at] = next;
    at += 1;
  };
  if (header.total > 0) put(value);
  let deltas = new Int32Array(0);
  return eachMiniblock(bytes, header, ({ minDelta, bitWidth, bytes: packed, count }) => {
    if (bitWidth < 32) {
      if (deltas.length < count) deltas = new Int32Array(count);
      const unpacked = deltas.subarray(0, count);
      unpackBits(packed, bitWidth, unpacked);
      for (let i = 0; i < count; i += 1)
        put(BigInt.asIntN(64, value + minDelta + BigInt(unpacked[i] as number)));
      return;
    }
    for (let i = 0; i < count; i += 1) {
      put(BigInt.asIntN(64, value + minDelta + bitsAt(packed, i * bitWidth, bitWidth)));
    }
  });
}

/** Returns `width` bits, at most 64, starting at bit `from`. */
function bitsAt(bytes: Buffer, from: number, width: number): bigint {
  let value = 0n;
  const first = from >> 3;
  const last = (from + width - 1) >> 3;
  for (let at = last; at >= first; at -= 1) value = (value << 8n) | BigInt(bytes[at] as number);
  return BigInt.asUintN(width, value >> BigInt(from & 7));
}

/** DuckDB writes unsigned 32-bit numbers as wider ones, so all 64 bits are read. */
function readZigzag(bytes: Buffer, at: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let end = at; end < at + 10; end += 1) {
    const byte = bytes[end];
    if (byte === undefined) throw damaged("a number of a page is cut off");
    value |= BigInt(byte & 0x7f) << BigInt(7 * (end - at));
    if (byte < 0x80) return { value: (value >> 1n) ^ -(value & 1n), end: end + 1 };
  }
  throw damaged("a number of a page does not end");
}

/** Decodes DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. @throws {ParquetError} */
export function decodeDeltaLengths(bytes: Buffer, count: number): ByteValues {
  const { values, end } = decodeDelta(bytes, count, { bits: 32 });
  return places(bytes.subarray(end), values as Int32Array);
}

/**
 * Decodes DELTA_BYTE_ARRAY: the length of the prefix that each value shares with the previous one, then its suffix.
 * @throws {ParquetError}
 */
export function decodeDeltaPrefixes(bytes: Buffer, count: number): ByteValues {
  const { values: shared, end } = decodeDelta(bytes, count, { bits: 32 });
  const own = decodeDeltaLengths(bytes.subarray(end), count);
  let size = 0;
  for (let i = 0; i < count; i += 1) {
    const length = shared[i] as number;
    const before = i === 0 ? 0 : (shared[i - 1] as number) + ownBytes(own, i - 1);
    if (length < 0 || length > before)
      throw damaged("a value shares more bytes with the previous value than that has");
    size += length + ownBytes(own, i);
  }
  // Values that share long prefixes could turn a few bytes into gigabytes.
  const whole = Buffer.alloc(size);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    starts[i] = at;
    const length = shared[i] as number;
    const start = i === 0 ? 0 : (starts[i - 1] as number);
    whole.copyWithin(at, start, start + length);
    own.bytes.copy(whole, at + length, own.starts[i], own.ends[i]);
    at += length + ownBytes(own, i);
    ends[i] = at;
  }
  return { bytes: whole, starts, ends };
}

function ownBytes(own: ByteValues, i: number): number {
  return (own.ends[i] as number) - (own.starts[i] as number);
}

function places(bytes: Buffer, lengths: Int32Array): ByteValues {
  const starts = new Uint32Array(lengths.length);
  const ends = new Uint32Array(lengths.length);
  let at = 0;
  for (const [i, length] of lengths.entries()) {
    if (length < 0 || at + length > bytes.length) throw damaged("a value goes past the end of its page");
    starts[i] = at;
    at += length;
    ends[i] = at;
  }
  return { bytes, starts, ends };
}
