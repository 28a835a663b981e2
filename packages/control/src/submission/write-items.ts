import { type ObjectStore, textChunks, writeObject } from "@millrace/core";

/** What to do when a submission is too large because of its items. */
export const ITEMS_IN_A_FILE =
  "write the items to a file, one JSON value a line, and submit it as delimited_files";

/** Writes items as NDJSON. Numbers are written as received. */
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
