import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import type { ItemBlock } from "../item-block.ts";
import { jsonItem, plainLines, splitNdjson } from "../ndjson-items.ts";
import { NdjsonSplitter } from "../ndjson-splitter.ts";
import { sourceChunks } from "../source-chunks.ts";
import { headText } from "../text.ts";
import type { DatasetFormat, RangeReader, ReadItem, ReadRange } from "./format.ts";

/**
 * Newline-delimited JSON, or any sequence of JSON values. The planner checks each value; values are passed on
 * unchanged, except for NaN.
 */
export const ndjson: DatasetFormat = {
  name: "ndjson",
  title: "JSON",
  isText: true,
  endings: [".ndjson", ".jsonl", ".json"],
  // `{}` or an object with its first name, or a list of such objects: no CSV header starts like that.
  matches: (head) => /^\s*(?:\[\s*)?\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\})/s.test(headText(head)),
  async *items(objects, source, { from, signal }): AsyncGenerator<ItemBlock> {
    const file = objects.display(source.origin);
    const start = from?.offset ?? 0;
    let splitter: NdjsonSplitter | undefined;
    for await (const chunk of sourceChunks(objects, source, { start, signal })) {
      const skipped = splitter || start > 0 ? 0 : byteOrderMarkBytes(chunk);
      splitter ??= new NdjsonSplitter({ file, from: from ?? { offset: skipped, line: 1 } });
      yield splitter.push(chunk.subarray(skipped));
    }
    if (splitter) yield splitter.end();
  },
  reader: (): RangeReader => ({
    needsCount: true,
    readPlain: plainLines,
    async read(ranges, { count }) {
      const all = splitNdjson(
        ranges.map(({ bytes }) => bytes),
        count,
      );
      return all?.map((values, i) => {
        return valuesOf(ranges[i] as ReadRange, values);
      });
    },
  }),
};

function valuesOf({ bytes, segment, source }: ReadRange, values: readonly number[]): readonly ReadItem[] {
  const items: ReadItem[] = [];
  for (let i = 0; i < values.length; i += 2) {
    const [start, end] = [values[i] as number, values[i + 1] as number];
    items.push({ text: jsonItem(bytes, { start, end, nan: source.nan }), end: segment.start + end });
  }
  return items;
}
