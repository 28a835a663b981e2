import { Buffer } from "node:buffer";
import { damaged } from "../parquet-error.ts";

/**
 * Decompresses a block in Snappy's raw format to `size` bytes. Source: format_description.txt of google/snappy.
 * @throws {ParquetError}
 */
export function decompressSnappy(bytes: Buffer, size: number): Buffer {
  const output = Buffer.allocUnsafe(size);
  let at = skipLength(bytes, size);
  let written = 0;
  while (at < bytes.length) {
    const tag = bytes[at] as number;
    at += 1;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const lengthBytes = length - 60;
        length = littleEndian(bytes, at, lengthBytes) + 1;
        at += lengthBytes;
      }
      if (at + length > bytes.length || written + length > size) throw damagedBlock();
      output.set(bytes.subarray(at, at + length), written);
      at += length;
      written += length;
      continue;
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offsetBytes = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    const offset = littleEndian(bytes, at, offsetBytes) + (kind === 1 ? (tag >> 5) << 8 : 0);
    at += offsetBytes;
    written = copyBack(output, { written, offset, length });
  }
  if (written !== size) throw damagedBlock();
  return output;
}

/** Copies `length` bytes from `offset` bytes back; the ranges may overlap. Returns where to continue writing. */
export function copyBack(
  output: Buffer,
  { written, offset, length }: { readonly written: number; readonly offset: number; readonly length: number },
): number {
  const from = written - offset;
  if (offset === 0 || from < 0 || written + length > output.length) throw damagedBlock();
  const end = written + length;
  if (offset >= length && length > 16) {
    output.copyWithin(written, from, from + length);
    return end;
  }
  for (let to = written, source = from; to < end; to += 1, source += 1) output[to] = output[source] as number;
  return end;
}

export function damagedBlock(): Error {
  return damaged("a page is not what its codec makes");
}

/** The block starts with its own length. */
function skipLength(bytes: Buffer, size: number): number {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) {
      if (length !== size) throw damaged(`a page unpacks to ${length} bytes, expected ${size}`);
      return at + 1;
    }
  }
  throw damagedBlock();
}

function littleEndian(bytes: Buffer, at: number, count: number): number {
  if (at + count > bytes.length) throw damagedBlock();
  return bytes.readUIntLE(at, count);
}
