import { Buffer } from "node:buffer";
import type { ObjectStat, ObjectStore } from "./ports/object-store.ts";

/** Texts are gathered to about this much before they are written. */
const CHUNK_CHARS = 1024 * 1024;

type Some<Value> = AsyncIterable<Value> | Iterable<Value>;

/**
 * Writes an object, which appears whole or, when anything is thrown, not at all.
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

/** Texts as chunks of an object: a write for each of many short ones would take longer than what is written. */
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
