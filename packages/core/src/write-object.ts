import { Buffer } from "node:buffer";
import type { ObjectStat, ObjectStore } from "./ports/object-store.ts";

/** Strings are buffered up to about this size before they are written. */
const CHUNK_CHARS = 1024 * 1024;

type Some<Value> = AsyncIterable<Value> | Iterable<Value>;

/**
 * Writes an object, which appears as a whole or, if anything is thrown, not at all.
 * @throws {MillraceError} disk_full, unavailable; and what the chunks or `beforeCommit` throw
 */
export async function writeObject(
  objects: Pick<ObjectStore, "writer">,
  uri: string,
  {
    chunks,
    beforeCommit,
  }: { readonly chunks: Some<Uint8Array>; readonly beforeCommit?: () => Promise<void> },
): Promise<ObjectStat> {
  const writer = await objects.writer(uri);
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    await beforeCommit?.();
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Strings as chunks of an object: one write per short string would take longer than the writing itself. */
export async function* textChunks(texts: Some<string>): AsyncGenerator<Uint8Array> {
  let chunk = "";
  for await (const text of texts) {
    chunk += text;
    if (chunk.length < CHUNK_CHARS) continue;
    yield Buffer.from(chunk);
    chunk = "";
  }
  if (chunk !== "") yield Buffer.from(chunk);
}
