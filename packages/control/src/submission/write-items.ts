import { type ObjectStore, textChunks, writeObject } from "@millrace/core";

/** The way out for a submission that is too large with its items. */
export const ITEMS_IN_A_FILE =
  "write the items to a file, one JSON value a line, and submit it as delimited_files";

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
