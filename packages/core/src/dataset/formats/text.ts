import { Buffer } from "node:buffer";
import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import type { ItemBlock } from "../item-block.ts";
import { sourceChunks } from "../source-chunks.ts";
import { TextSplitter, textLines } from "../text-lines.ts";
import type { DatasetFormat, RangeReader } from "./format.ts";

/** How much of a file is examined for a table. */
const LOOK_BYTES = 64 * 1024;

/**
 * Text: each line is an item, a JSON string. `detection/json-line.ts` decides which files with such names are NDJSON
 * instead.
 */
export const text: DatasetFormat = {
  name: "text",
  title: "text",
  isText: true,
  endings: [".txt", ".text"],
  async open(objects, { uri, version, sizeBytes }, { rules, signal, warn }) {
    if (rules?.format || !warn || sizeBytes === 0) return undefined;
    const { findDelimiter } = await import("../csv-delimiter.ts");
    const options = { end: Math.min(sizeBytes, LOOK_BYTES), version, ...(signal ? { signal } : {}) };
    const bytes = await objects.read(uri, options);
    const sample = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isWhole = sample.length === sizeBytes;
    const found = findDelimiter(sample, { quote: '"', comment: "", isWhole });
    if (found.delimiter === undefined || found.isTable)
      warn(
        'it looks like CSV, and each line is read as an item; set "format" to "csv", or to "text" to keep the lines without this warning',
      );
    return undefined;
  },
  async *items(objects, source, { from, signal }): AsyncGenerator<ItemBlock> {
    const file = objects.display(source.origin);
    const start = from?.offset ?? 0;
    let splitter: TextSplitter | undefined;
    for await (const chunk of sourceChunks(objects, source, { start, signal })) {
      const skipped = splitter || from ? 0 : byteOrderMarkBytes(chunk);
      splitter ??= new TextSplitter({ file, from: from ?? { offset: skipped, line: 1 } });
      yield splitter.push(chunk.subarray(skipped));
    }
    if (splitter) yield splitter.end();
  },
  reader: (): RangeReader => ({
    async read(ranges) {
      return ranges.map(({ bytes, segment }) =>
        textLines(bytes).map(({ text: line, end }) => ({ text: line, end: segment.start + end })),
      );
    },
  }),
};
