import type { Source } from "../../ports/ledger-batches.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import type { ItemBlock } from "../item-block.ts";
import type { ParquetRows } from "../parquet-rows.ts";
import { headText, isBinary } from "../text.ts";
import type { DatasetFormat, RangeReader, ReadItem } from "./format.ts";

/** Rows per block: enough that the cost per block is negligible, few enough that callers regularly check the clock. */
const BLOCK_ROWS = 1_000_000;
/** Number of files kept open, with their decoded rows. */
const KEPT_FILES = 2;

/** Parquet: one object per row. Ranges count rows. */
export const parquet: DatasetFormat = {
  name: "parquet",
  title: "Parquet",
  isText: false,
  endings: [".parquet"],
  // "PARE" marks a file with an encrypted footer.
  matches: (head) => /^PAR[1E]/.test(headText(head)) && isBinary(head),
  async open(objects, stat, { file: name, signal, warn }) {
    const { openParquet, orMalformed } = await import("../parquet-rows.ts");
    const file = await openParquet(objects, { ...stat, file: name, signal }, { ...(warn && { warn }) });
    await orMalformed(name, () => file.check());
    return { rows: file.rows };
  },
  async *items(_, source, { from }): AsyncGenerator<ItemBlock> {
    const rows = Number(source.meta?.rows);
    for (let first = from?.offset ?? 0; first < rows; first += BLOCK_ROWS) {
      yield {
        count: Math.min(BLOCK_ROWS, rows - first),
        start: (item) => first + item,
        end: (item) => first + item + 1,
        line: () => 1,
      };
    }
  },
  reader: (objects): RangeReader => {
    const files = new OpenFiles(objects);
    return {
      readsItself: true,
      async read(ranges) {
        const all: (readonly ReadItem[])[] = [];
        for (const { source, segment } of ranges) {
          const rows = await (await files.get(source)).read(segment.start, segment.end);
          all.push(rows.map((text, i) => ({ text, end: segment.start + i + 1 })));
        }
        return all;
      },
    };
  },
};

/** Open files by source; the least recently used one is dropped first. */
class OpenFiles {
  readonly #objects: ObjectStore;
  readonly #files = new Map<number, ParquetRows>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  async get({ id, uri, version, sizeBytes, origin, nan }: Source): Promise<ParquetRows> {
    const { ParquetRows } = await import("../parquet-rows.ts");
    const file =
      this.#files.get(id) ??
      new ParquetRows(
        this.#objects,
        { uri, version, sizeBytes, file: this.#objects.display(origin) },
        { ...(nan && { nan }) },
      );
    this.#files.delete(id);
    this.#files.set(id, file);
    const oldest = this.#files.keys().next().value;
    if (this.#files.size > KEPT_FILES && oldest !== undefined) this.#files.delete(oldest);
    return file;
  }
}
