import { Buffer } from "node:buffer";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { CODECS, nameOf } from "../metadata/enums.ts";
import { damaged, ParquetError } from "../parquet-error.ts";
import { decompressLz4, decompressLz4Hadoop } from "./lz4.ts";
import { decompressSnappy } from "./snappy.ts";

type Decompress = (bytes: Buffer, size: number) => Buffer;

/** By codec name. LZO is missing: no other reader supports it either, and no current writer uses it. */
const DECOMPRESS: Readonly<Record<string, Decompress>> = {
  UNCOMPRESSED: (bytes) => bytes,
  SNAPPY: decompressSnappy,
  GZIP: (bytes, size) => gunzipSync(bytes, { maxOutputLength: size + 1 }),
  BROTLI: (bytes, size) => brotliDecompressSync(bytes, { maxOutputLength: size + 1 }),
  ZSTD: (bytes, size) => zstdDecompressSync(bytes, { maxOutputLength: size + 1 }),
  LZ4: decompressLz4Hadoop,
  LZ4_RAW: decompressLz4,
};

/** Writers make pages of about a megabyte; a page above this size contains a value that no string can hold. */
const MAX_PAGE_BYTES = 1024 * 1024 * 1024;

/** True for codecs that {@link decompress} supports. */
export function isKnownCodec(codec: number): boolean {
  return DECOMPRESS[nameOf(CODECS, codec)] !== undefined;
}

/** Decompresses a page; the result must be exactly `size` bytes. @throws {ParquetError} */
export function decompress(codec: number, bytes: Buffer, size: number): Buffer {
  const name = nameOf(CODECS, codec);
  const unpack = DECOMPRESS[name];
  if (!unpack) throw new ParquetError(`it is compressed with ${name}, which cannot be read`);
  if (size > MAX_PAGE_BYTES) {
    throw new ParquetError(
      `it has a page of ${size} bytes, expected ${MAX_PAGE_BYTES} at most; give large payloads as files and list their paths`,
    );
  }
  // Some writers do not compress empty pages.
  if (size === 0) return Buffer.alloc(0);
  let unpacked: Buffer;
  try {
    unpacked = unpack(bytes, size);
  } catch (cause) {
    if (cause instanceof ParquetError) throw cause;
    throw new ParquetError(`its bytes are damaged: a page is not ${name} data`, { cause });
  }
  if (unpacked.length !== size) throw damaged(`a page unpacks to ${unpacked.length} bytes, expected ${size}`);
  return unpacked;
}
