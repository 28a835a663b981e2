import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import type { ItemBlock } from "../item-block.ts";
import { type ArrayElements, JsonArraySplitter } from "../json-array-splitter.ts";
import { isJsonSpace, JsonScanner, NotJsonError } from "../json-scanner.ts";
import { jsonItem } from "../ndjson-items.ts";
import { sourceChunks } from "../source-chunks.ts";
import type { DatasetFormat, RangeReader, ReadItem, ReadRange } from "./format.ts";

const COMMA = 0x2c;

/**
 * A file that is a single JSON array: each element is an item. `detection/json-array-file.ts` decides which files these
 * are.
 */
export const jsonArray: DatasetFormat = {
  name: "json-array",
  title: "a JSON array",
  isText: true,
  endings: [],
  /** Where the user says that each file is one array. */
  open: async () => ({ elements: "any" }),
  async *items(objects, source, { from, signal }): AsyncGenerator<ItemBlock> {
    const file = objects.display(source.origin);
    const elements = source.meta?.elements as ArrayElements;
    const start = from?.offset ?? 0;
    let splitter: JsonArraySplitter | undefined;
    for await (const chunk of sourceChunks(objects, source, { start, signal })) {
      const skipped = splitter || from ? 0 : byteOrderMarkBytes(chunk);
      splitter ??= new JsonArraySplitter({
        file,
        elements,
        from: { offset: start + skipped, line: from?.line ?? 1, isBehindElement: from !== undefined },
      });
      yield splitter.push(chunk.subarray(skipped));
    }
    splitter?.end();
  },
  reader: (): RangeReader => ({
    async read(ranges) {
      const all: (readonly ReadItem[])[] = [];
      for (const range of ranges) {
        const items = elementsOf(range);
        if (!items) return undefined;
        all.push(items);
      }
      return all;
    },
  }),
};

/**
 * The elements in the bytes of a range that starts and ends between two elements; undefined when they are not whole.
 */
function elementsOf({ bytes, segment, source }: ReadRange): readonly ReadItem[] | undefined {
  const scanner = new JsonScanner();
  const items: ReadItem[] = [];
  let at = 0;
  try {
    for (;;) {
      while (at < bytes.length && (isJsonSpace(bytes[at]) || bytes[at] === COMMA)) at += 1;
      if (at === bytes.length) return items;
      let end = scanner.scan(bytes, at);
      if (end < 0) {
        if (!scanner.finish(bytes.length)) return undefined;
        end = bytes.length;
      }
      items.push({ text: jsonItem(bytes, { start: at, end, nan: source.nan }), end: segment.start + end });
      at = end;
    }
  } catch (error) {
    if (error instanceof NotJsonError) return undefined;
    throw error;
  }
}
