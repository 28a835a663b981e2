import type { ObjectStat, ObjectStore } from "@millrace/core";

const CHUNK_CHARACTERS = 256 * 1024;

/** Writes texts into an object, which appears whole. */
export async function writeObject(
  objects: ObjectStore,
  uri: string,
  {
    texts,
    beforeCommit,
  }: {
    readonly texts: AsyncIterable<string> | Iterable<string>;
    readonly beforeCommit?: () => Promise<void>;
  },
): Promise<ObjectStat> {
  const writer = await objects.writer(uri);
  try {
    let chunk = "";
    for await (const text of texts) {
      chunk += text;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      await writer.write(Buffer.from(chunk));
      chunk = "";
    }
    await writer.write(Buffer.from(chunk));
    await beforeCommit?.();
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
