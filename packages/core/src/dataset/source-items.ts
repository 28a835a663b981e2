import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { byteChunks } from "./byte-chunks.ts";
import { byteOrderMarkBytes } from "./byte-order-mark.ts";
import type { CsvHeader } from "./csv-header.ts";
import type { ItemBlock, SourcePosition } from "./item-block.ts";
import { NdjsonSplitter } from "./ndjson-splitter.ts";

/** Rows of a block: enough that a block costs nothing, few enough that callers come back to look at the clock. */
const BLOCK_ROWS = 1_000_000;

export interface SourceItemsOptions {
  /** Where to begin: between two items. @default the first item */
  readonly from?: SourcePosition | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Finds the items of a source, in order, block by block; checks them where the format lets it. @throws {MillraceError} malformed_input, item_too_large, input_changed */
export function sourceItems(
  objects: ObjectStore,
  source: Source,
  options: SourceItemsOptions = {},
): AsyncGenerator<ItemBlock> {
  if (source.format === "parquet") return parquetItems(source, options);
  return source.format === "csv"
    ? csvItemBlocks(objects, source, options)
    : ndjsonItemBlocks(objects, source, options);
}

/** The CSV header that {@link openSource} put into the source. */
export function csvHeader(source: Source): CsvHeader {
  return source.meta as unknown as CsvHeader;
}

function sourceStream(objects: ObjectStore, source: Source, start: number, signal: AbortSignal | undefined) {
  const { uri, version } = source;
  return byteChunks(objects.stream(uri, { start, version, ...(signal ? { signal } : {}) }), { signal });
}

async function* ndjsonItemBlocks(
  objects: ObjectStore,
  source: Source,
  { from, signal }: SourceItemsOptions,
): AsyncGenerator<ItemBlock> {
  const file = objects.display(source.origin);
  const start = from?.offset ?? 0;
  let splitter: NdjsonSplitter | undefined;
  for await (const chunk of sourceStream(objects, source, start, signal)) {
    const skipped = splitter || start > 0 ? 0 : byteOrderMarkBytes(chunk);
    splitter ??= new NdjsonSplitter({ file, from: from ?? { offset: skipped, line: 1 } });
    yield splitter.push(chunk.subarray(skipped));
  }
  if (splitter) yield splitter.end();
}

async function* csvItemBlocks(
  objects: ObjectStore,
  source: Source,
  { from, signal }: SourceItemsOptions,
): AsyncGenerator<ItemBlock> {
  const { columns, dataStart, dataLine } = csvHeader(source);
  const start = from ?? { offset: dataStart, line: dataLine };
  if (start.offset >= source.sizeBytes) return;
  const file = objects.display(source.origin);
  const { CsvSplitter } = await import("./csv-records.ts");
  const splitter = new CsvSplitter({ file, from: start, columns: columns.length });
  try {
    for await (const chunk of sourceStream(objects, source, start.offset, signal)) {
      yield await splitter.push(chunk);
    }
    yield await splitter.end();
  } finally {
    splitter.close();
  }
}

async function* parquetItems(source: Source, { from }: SourceItemsOptions): AsyncGenerator<ItemBlock> {
  const rows = Number(source.meta?.rows);
  for (let first = from?.offset ?? 0; first < rows; first += BLOCK_ROWS) {
    yield {
      count: Math.min(BLOCK_ROWS, rows - first),
      start: (item) => first + item,
      end: (item) => first + item + 1,
      line: () => 1,
    };
  }
}
