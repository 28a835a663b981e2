import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { foreignFile } from "@millrace/core";
import { notAnArchive } from "./refusals.ts";

const CHUNK_BYTES = 64 * 1024;
const HEAD_BYTES = 512;

/**
 * The unpacked contents of a gzipped file, chunk by chunk; at most one chunk is unpacked ahead. Bytes after the end of
 * the gzip data are rejected.
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
    // The iteration reports its error too; if the iteration is abandoned, nobody awaits this promise.
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

/** Says what the file is if that can be recognized; gunzip would only report a wrong header. */
function refuseForeign(head: Buffer): void {
  if (head.length === 0) throw notAnArchive("it is empty");
  if (head[0] === 0x1f && head[1] === 0x8b) return;
  throw notAnArchive(`it is ${foreignFile(head)?.what ?? "not compressed with gzip"}`);
}

/** Explains zlib's errors, which concern the bytes; other errors are not the archive's fault. */
function explained(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return code?.startsWith("Z_") ? notAnArchive(`its gzip is damaged (${message})`, error) : error;
}
