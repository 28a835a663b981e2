import type { ObjectStore } from "@millrace/core";

const CHUNK_CHARACTERS = 1024 * 1024;

/** Writes items as NDJSON. Numbers are written as they came. */
export async function writeItems(
  objects: ObjectStore,
  uri: string,
  items: readonly unknown[],
): Promise<void> {
  const writer = await objects.writer(uri);
  try {
    let text = "";
    for (const item of items) {
      text += `${JSON.stringify(item)}\n`;
      if (text.length < CHUNK_CHARACTERS) continue;
      await writer.write(Buffer.from(text));
      text = "";
    }
    await writer.write(Buffer.from(text));
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
