import { Buffer } from "node:buffer";
import { ParquetError } from "../parquet-error.ts";
import { copyBack, damagedBlock } from "./snappy.ts";

/** Copies have two-byte offsets and a minimum length of four. Source: lz4_Block_format.md of lz4/lz4. */
const OFFSET_BYTES = 2;
const MIN_COPY_BYTES = 4;

/** Decompresses one LZ4 block to `size` bytes. @throws {ParquetError} */
export function decompressLz4(bytes: Buffer, size: number): Buffer {
  const output = Buffer.allocUnsafe(size);
  if (unpackBlock(bytes, output) !== size) throw damagedBlock();
  return output;
}

/**
 * Decompresses Parquet's older LZ4 codec: blocks in Hadoop's framing, each after its uncompressed and compressed size,
 * or one bare block, as early C++ writers produced.
 * @throws {ParquetError}
 */
export function decompressLz4Hadoop(bytes: Buffer, size: number): Buffer {
  return hadoopFrames(bytes, size) ?? decompressLz4(bytes, size);
}

/** Undefined if the bytes are not framed that way. */
function hadoopFrames(bytes: Buffer, size: number): Buffer | undefined {
  const output = Buffer.allocUnsafe(size);
  let written = 0;
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) return undefined;
    const unpackedBytes = bytes.readUInt32BE(at);
    const end = at + 8 + bytes.readUInt32BE(at + 4);
    if (end > bytes.length || written + unpackedBytes > size) return undefined;
    try {
      const count = unpackBlock(
        bytes.subarray(at + 8, end),
        output.subarray(written, written + unpackedBytes),
      );
      if (count !== unpackedBytes) return undefined;
    } catch (error) {
      if (error instanceof ParquetError) return undefined;
      throw error;
    }
    written += unpackedBytes;
    at = end;
  }
  return written === size ? output : undefined;
}

/** Decompresses a block; returns the number of bytes produced. */
function unpackBlock(bytes: Buffer, output: Buffer): number {
  let at = 0;
  let written = 0;
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined) throw damagedBlock();
      at += 1;
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < bytes.length) {
    const token = bytes[at] as number;
    at += 1;
    const literals = lengthFrom(token >> 4);
    if (at + literals > bytes.length || written + literals > output.length) throw damagedBlock();
    output.set(bytes.subarray(at, at + literals), written);
    at += literals;
    written += literals;
    // The last sequence has no copy.
    if (at === bytes.length) break;
    if (at + OFFSET_BYTES > bytes.length) throw damagedBlock();
    const offset = bytes.readUInt16LE(at);
    at += OFFSET_BYTES;
    written = copyBack(output, { written, offset, length: lengthFrom(token & 15) + MIN_COPY_BYTES });
  }
  return written;
}
