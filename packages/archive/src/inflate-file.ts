import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { foreignFile } from "@millrace/core";
import { notAnArchive } from "./refusals.ts";

const CHUNK_BYTES = 64 * 1024;
const HEAD_BYTES = 512;

/**
 * What a gzipped file unpacks to, piece by piece: no more is unpacked than is asked for, but for one chunk. Bytes of the
 * file that are behind the end of its gzip are refused.
 *
 * @throws {MillraceError} invalid_archive; the signal's reason
 */
export async function* inflateFile(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  signal?.throwIfAborted();
  const file = await open(path, "r");
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    refuseForeign(buffer.subarray(0, bytesRead));
    const source = file.createReadStream({ start: 0, autoClose: false });
    const fed = pipeline(source, gunzip, signal === undefined ? {} : { signal });
    // Its error is the iteration's, too; when the iteration is left, it has one that nobody waits for.
    fed.catch(() => {});
    yield* gunzip as AsyncIterable<Buffer>;
    if (gunzip.bytesWritten < size) throw notAnArchive("bytes follow the end of its gzip");
    await fed;
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error);
  } finally {
    gunzip.destroy();
    await file.close();
  }
}

/** Says what the file is, where that is known; gunzip would only say that its header is wrong. */
function refuseForeign(head: Buffer): void {
  if (head.length === 0) throw notAnArchive("it is empty");
  if (head[0] === 0x1f && head[1] === 0x8b) return;
  throw notAnArchive(`it is ${foreignFile(head)?.what ?? "not compressed with gzip"}`);
}

/** Errors of zlib say what is wrong with the bytes; the rest is not the archive's. */
function explained(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return code?.startsWith("Z_") ? notAnArchive(`its gzip is damaged (${message})`, error) : error;
}
