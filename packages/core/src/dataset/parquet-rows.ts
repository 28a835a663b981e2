import { type ByteSource, ParquetError, ParquetFile, type ParquetOptions } from "@millrace/parquet";
import type { ObjectStore } from "../ports/object-store.ts";
import { malformedInput } from "./malformed-input.ts";

/** Rows decoded at once, unless they are large. Decoding a row costs about 0.5 µs. */
const WINDOW_ROWS = 131_072;
const WINDOW_BYTES = 64 * 1024 * 1024;
const KEPT_WINDOWS = 3;

/** The Parquet object to read. */
export interface ParquetObject {
  readonly uri: string;
  readonly version: string;
  readonly sizeBytes: number;
  /** Its name for errors. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a Parquet object. @throws {MillraceError} malformed_input naming file and column, input_changed */
export function openParquet(
  objects: ObjectStore,
  object: ParquetObject,
  options: ParquetOptions = {},
): Promise<ParquetFile> {
  return orMalformed(object.file, () => ParquetFile.open(byteSource(objects, object), options));
}

/** Runs a step of the reader; its format errors become `malformed_input`. */
export async function orMalformed<T>(file: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (!(cause instanceof ParquetError)) throw cause;
    throw malformedInput(cause.message, { file, column: cause.column, cause });
  }
}

function byteSource(objects: ObjectStore, { uri, version, sizeBytes, signal }: ParquetObject): ByteSource {
  return {
    sizeBytes,
    read: (start, end) => objects.read(uri, { start, end, version, ...(signal ? { signal } : {}) }),
  };
}

interface RowWindow {
  readonly from: number;
  readonly to: number;
}

/**
 * Rows of one Parquet object as JSON texts. Whole row groups, or windows of large ones, are decoded once, and a few are
 * cached.
 */
export class ParquetRows {
  readonly #open: () => Promise<ParquetFile>;
  readonly #name: string;
  #file: Promise<ParquetFile> | undefined;
  /** By first row; the first entry is the least recently used. */
  readonly #windows = new Map<number, Promise<readonly string[]>>();

  constructor(objects: ObjectStore, object: ParquetObject, options: ParquetOptions = {}) {
    this.#name = object.file;
    this.#open = () => openParquet(objects, object, options);
  }

  /** The rows `[from, to)`. @throws {MillraceError} malformed_input, input_changed */
  async read(from: number, to: number): Promise<readonly string[]> {
    const file = await this.#opened();
    const rows: string[] = [];
    while (from + rows.length < to) {
      const row = from + rows.length;
      const window = rowWindow(file, row);
      if (!window) break;
      const texts = await this.#decoded(file, window);
      for (const text of texts.slice(row - window.from, to - window.from)) rows.push(text);
    }
    return rows;
  }

  #opened(): Promise<ParquetFile> {
    this.#file ??= this.#open().catch((error: unknown) => {
      this.#file = undefined;
      throw error;
    });
    return this.#file;
  }

  #decoded(file: ParquetFile, { from, to }: RowWindow): Promise<readonly string[]> {
    const kept = this.#windows.get(from);
    this.#windows.delete(from);
    const texts = kept ?? orMalformed(this.#name, () => file.read(from, to));
    this.#windows.set(from, texts);
    if (!kept) texts.catch(() => this.#windows.delete(from));
    const oldest = this.#windows.keys().next().value;
    if (this.#windows.size > KEPT_WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
    return texts;
  }
}

/** The window that contains a row, within its row group; windows start at multiples of their size. */
function rowWindow(file: ParquetFile, row: number): RowWindow | undefined {
  const group = file.rowGroupOf(row);
  if (!group) return undefined;
  const rowBytes = Math.max(1, group.bytes / (group.end - group.start));
  const size = Math.min(WINDOW_ROWS, Math.max(1, Math.floor(WINDOW_BYTES / rowBytes)));
  const from = group.start + Math.floor((row - group.start) / size) * size;
  return { from, to: Math.min(group.end, from + size) };
}
