import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type ObjectStat, type ReadOptions, systemCode } from "@millrace/core";
import { inputChanged, translateFileError } from "./object-errors.ts";
import { objectStat } from "./object-stat.ts";

const CHUNK_BYTES = 256 * 1024;

/** Ranges up to this size are read synchronously: a round trip through the thread pool costs ten times the read. */
const SMALL_BYTES = 256 * 1024;

/** The bytes `[start, end)` of a file in one array. */
export async function readFileRange(path: string, options: ReadOptions): Promise<Uint8Array> {
  const { start = 0, end = Number.POSITIVE_INFINITY } = options;
  if (end >= start && end - start <= SMALL_BYTES) return readSmallRange(path, { ...options, start, end });
  const chunks: Uint8Array[] = [];
  // One chunk for the whole range: nothing is copied twice.
  for await (const chunk of streamFileRange(path, options, Number.POSITIVE_INFINITY)) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/**
 * The bytes `[start, end)` of a file in chunks. The version is checked after each read, before the chunk is yielded.
 */
export async function* streamFileRange(
  path: string,
  { start = 0, end = Number.POSITIVE_INFINITY, version, signal }: ReadOptions,
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Uint8Array> {
  if (start < 0 || end < start) {
    throw new RangeError(`Cannot read bytes ${start}..${end} of "${path}": not a range`);
  }
  signal?.throwIfAborted();
  const handle = await openFile(path, version);
  try {
    const size = await checkVersion(handle, path, version);
    const last = Math.min(end, size);
    for (let position = start; position < last; ) {
      signal?.throwIfAborted();
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, last - position));
      const bytes = await fill(handle, chunk, position);
      await checkVersion(handle, path, version);
      if (bytes < chunk.length) throw inputChanged(path, "it was cut off");
      yield chunk;
      position += bytes;
    }
  } catch (error) {
    throw translateFileError(error, path);
  } finally {
    await handle.close();
  }
}

function readSmallRange(
  path: string,
  { start, end, version, signal }: ReadOptions & { readonly start: number; readonly end: number },
): Uint8Array {
  signal?.throwIfAborted();
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { sizeBytes } = checkedStat(file, path, version);
    const chunk = Buffer.allocUnsafe(Math.max(0, Math.min(end, sizeBytes) - start));
    let filled = 0;
    while (filled < chunk.length) {
      const bytes = readSync(file, chunk, filled, chunk.length - filled, start + filled);
      if (bytes === 0) throw inputChanged(path, "it was cut off");
      filled += bytes;
    }
    checkedStat(file, path, version);
    return chunk;
  } catch (error) {
    throw file === undefined ? unopened(error, path, version) : translateFileError(error, path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function checkedStat(file: number, path: string, version: string | undefined): ObjectStat {
  const now = objectStat(path, fstatSync(file, { bigint: true }));
  if (version !== undefined && now.version !== version) throw inputChanged(path, "it was changed");
  return now;
}

async function openFile(path: string, version: string | undefined): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw unopened(error, path, version);
  }
}

function unopened(error: unknown, path: string, version: string | undefined): unknown {
  const gone = systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR";
  return gone && version !== undefined
    ? inputChanged(path, "it was deleted or moved", error)
    : translateFileError(error, path);
}

/** Returns the size. */
async function checkVersion(handle: FileHandle, path: string, version: string | undefined): Promise<number> {
  const now = objectStat(path, await handle.stat({ bigint: true }));
  if (version !== undefined && now.version !== version) throw inputChanged(path, "it was changed");
  return now.sizeBytes;
}

/** Reads until the buffer is full or the file ends. */
async function fill(handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
