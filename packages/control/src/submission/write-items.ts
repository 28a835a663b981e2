import { type ObjectStore, textChunks, writeObject } from "@millrace/core";

/** What to do when a submission is too large because of its items. */
export const ITEMS_IN_A_FILE =
  "write the items to a file, one JSON value a line, and submit it as delimited_files";

const ITEMS_AT_ONCE = 1_000;

/** Writes items as NDJSON. Numbers are written as received. */
export async function writeItems(
  objects: ObjectStore,
  uri: string,
  items: readonly unknown[],
): Promise<void> {
  await writeObject(objects, uri, { chunks: textChunks(lines(items)) });
}

/** Many items at a time: a turn of an asynchronous loop for each of millions would take longer than writing them. */
function* lines(items: readonly unknown[]): Generator<string> {
  for (let at = 0; at < items.length; at += ITEMS_AT_ONCE) {
    const some = items.slice(at, at + ITEMS_AT_ONCE).map((item) => JSON.stringify(item));
    yield `${some.join("\n")}\n`;
  }
}
