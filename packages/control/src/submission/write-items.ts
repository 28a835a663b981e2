import { type ObjectStore, textChunks, writeObject } from "@millrace/core";

/** Writes items as NDJSON. Numbers are written as they came. */
export async function writeItems(
  objects: ObjectStore,
  uri: string,
  items: readonly unknown[],
): Promise<void> {
  await writeObject(objects, uri, { chunks: textChunks(lines(items)) });
}

function* lines(items: readonly unknown[]): Generator<string> {
  for (const item of items) yield `${JSON.stringify(item)}\n`;
}
