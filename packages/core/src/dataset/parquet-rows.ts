import { type FileMetaData, parquetRead, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { ObjectStore } from "../ports/object-store.ts";
import { orMalformed, type ParquetObject, parquetBuffer, readParquetFooter } from "./parquet-file.ts";
import { PARQUET_PARSERS, parquetRowText } from "./parquet-values.ts";

/** Rows that are decoded at once, unless they are large. Decoding a row costs about 1 µs. */
const WINDOW_ROWS = 131_072;
const WINDOW_BYTES = 64 * 1024 * 1024;
const KEPT_WINDOWS = 3;

interface RowWindow {
  readonly from: number;
  readonly to: number;
}

/** Rows of one Parquet object as JSON texts. Whole row groups, or windows of large ones, are decoded once and a few kept. */
export class ParquetRows {
  readonly #objects: ObjectStore;
  readonly #object: ParquetObject;
  #footer: Promise<FileMetaData> | undefined;
  /** By first row; the first entry was used longest ago. */
  readonly #windows = new Map<number, Promise<readonly string[]>>();

  constructor(objects: ObjectStore, object: ParquetObject) {
    this.#objects = objects;
    this.#object = object;
  }

  /** The rows `[from, to)`. @throws {MillraceError} malformed_input, input_changed */
  async read(from: number, to: number): Promise<readonly string[]> {
    const footer = await this.#readFooter();
    const rows: string[] = [];
    while (from + rows.length < to) {
      const row = from + rows.length;
      const window = rowWindow(footer, row);
      if (!window) break;
      const texts = await this.#decoded(footer, window);
      for (const text of texts.slice(row - window.from, to - window.from)) rows.push(text);
      if (texts.length < Math.min(to, window.to) - window.from) break;
    }
    return rows;
  }

  #readFooter(): Promise<FileMetaData> {
    this.#footer ??= readParquetFooter(this.#objects, this.#object).catch((error: unknown) => {
      this.#footer = undefined;
      throw error;
    });
    return this.#footer;
  }

  #decoded(footer: FileMetaData, window: RowWindow): Promise<readonly string[]> {
    const kept = this.#windows.get(window.from);
    this.#windows.delete(window.from);
    const texts = kept ?? this.#decode(footer, window);
    this.#windows.set(window.from, texts);
    if (!kept) texts.catch(() => this.#windows.delete(window.from));
    const oldest = this.#windows.keys().next().value;
    if (this.#windows.size > KEPT_WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
    return texts;
  }

  #decode(footer: FileMetaData, window: RowWindow): Promise<readonly string[]> {
    return orMalformed(this.#object.file, async () => {
      const names = parquetSchema(footer).children.map((child) => JSON.stringify(child.element.name));
      let rows: readonly (readonly unknown[])[] = [];
      await parquetRead({
        file: parquetBuffer(this.#objects, this.#object),
        metadata: footer,
        rowStart: window.from,
        rowEnd: window.to,
        rowFormat: "array",
        compressors,
        parsers: PARQUET_PARSERS,
        // Bytes are only text where the column says so.
        utf8: false,
        useOffsetIndex: true,
        onComplete: (all: readonly (readonly unknown[])[]) => {
          rows = all;
        },
      });
      return rows.map((row) => parquetRowText(names, row));
    });
  }
}

/** The window of its row group that holds a row; windows of a group begin at multiples of their size. */
function rowWindow(footer: FileMetaData, row: number): RowWindow | undefined {
  let groupStart = 0;
  for (const group of footer.row_groups) {
    const groupRows = Number(group.num_rows);
    const groupEnd = groupStart + groupRows;
    if (row < groupEnd) {
      const rowBytes = Math.max(1, Number(group.total_byte_size) / groupRows);
      const size = Math.min(WINDOW_ROWS, Math.max(1, Math.floor(WINDOW_BYTES / rowBytes)));
      const from = groupStart + Math.floor((row - groupStart) / size) * size;
      return { from, to: Math.min(groupEnd, from + size) };
    }
    groupStart = groupEnd;
  }
  return undefined;
}
