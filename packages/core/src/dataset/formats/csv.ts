import type { Source } from "../../ports/ledger-batches.ts";
import { dialectOf } from "../csv-dialect.ts";
import type { ItemBlock } from "../item-block.ts";
import { sourceChunks } from "../source-chunks.ts";
import type { CsvHeader } from "./csv-header.ts";
import type { DatasetFormat, RangeReader, ReadItem } from "./format.ts";

// The parser is loaded only when the first CSV file is opened: a worker's start-up time is part of every small job.

/** CSV with any delimiter: each record is an object of strings. */
export const csv: DatasetFormat = {
  name: "csv",
  title: "CSV",
  isText: true,
  endings: [".csv", ".tsv", ".tab", ".psv"],
  async open(objects, stat, options) {
    const { readCsvHeader } = await import("./csv-header.ts");
    return { ...(await readCsvHeader(objects, stat, options)) };
  },
  async *items(objects, source, { from, signal }): AsyncGenerator<ItemBlock> {
    const header = headerOf(source);
    const { columns, dataStart, dataLine } = header;
    const start = from ?? { offset: dataStart, line: dataLine };
    if (start.offset >= source.sizeBytes) return;
    const { CsvSplitter } = await import("../csv-splitter.ts");
    const file = objects.display(source.origin);
    const dialect = dialectOf(header);
    const splitter = new CsvSplitter({ file, from: start, columns: columns.length, dialect });
    for await (const chunk of sourceChunks(objects, source, { start: start.offset, signal })) {
      yield splitter.push(chunk);
    }
    yield splitter.end();
  },
  reader: (): RangeReader => ({
    async read(ranges) {
      const { csvItems } = await import("../csv-items.ts");
      const all: (readonly ReadItem[])[] = [];
      for (const { source, segment, bytes } of ranges) {
        const header = headerOf(source);
        const items = csvItems(bytes, { columns: header.columns, dialect: dialectOf(header) });
        if (!items) return undefined;
        all.push(items.map(({ text, end }) => ({ text, end: segment.start + end })));
      }
      return all;
    },
  }),
};

/** The header that `open` stored in the source. */
function headerOf(source: Source): CsvHeader {
  return source.meta as unknown as CsvHeader;
}
