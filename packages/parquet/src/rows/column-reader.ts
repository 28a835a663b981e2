import type { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { Values } from "../encodings/values.ts";
import type { ColumnChunk } from "../metadata/footer.ts";
import { damaged, ParquetError } from "../parquet-error.ts";
import type { ToTexts } from "../values/leaf-texts.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import { decodeDictionary, decodePage, type Page, type PageContext } from "./page.ts";
import { type PageHeader, readPageHeader } from "./page-header.ts";

/** A page header is about 30 bytes; statistics may make it longer, up to megabytes for long strings. */
const HEADER_BYTES = 4 * 1024;
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/** The entries of some rows of a column. */
export interface ColumnEntries {
  /** JSON texts; undefined for an entry without a value. */
  readonly texts: readonly (string | undefined)[];
  /** Absent if every entry has a value. */
  readonly definition: Uint8Array | undefined;
  /** Absent if nothing is repeated. */
  readonly repetition: Uint8Array | undefined;
}

export interface ColumnReaderOptions {
  /** Dotted path, for errors. */
  readonly path: string;
  readonly chunk: ColumnChunk;
  readonly bytes: ChunkBytes;
  readonly context: Omit<PageContext, "codec">;
  readonly toTexts: ToTexts;
  /** Called for oddities that can still be read. */
  readonly warn: (text: string) => void;
}

/** Where a known data page is. */
interface PagePlace {
  readonly header: PageHeader;
  readonly start: number;
  /** Number of rows that start before it, and within it. */
  readonly firstRow: number;
  readonly rows: number;
}

/** Reads rows of one column of one row group. Pages are located in sequence, and each only once. */
export class ColumnReader {
  readonly #options: ColumnReaderOptions;
  readonly #context: PageContext;
  readonly #pages: PagePlace[] = [];
  /** Where the next page's header starts. */
  #at: number;
  #entriesMet = 0;
  #rowsMet = 0;
  #dictionary: readonly string[] | undefined;
  /** The last page: sequential reads need it again. */
  #last: { readonly number: number; readonly entries: ColumnEntries } | undefined;

  constructor(options: ColumnReaderOptions) {
    this.#options = options;
    this.#context = { ...options.context, codec: options.chunk.codec };
    this.#at = options.chunk.start;
  }

  /** The entries of the rows `[from, to)` of the row group. @throws {ParquetError} naming the column */
  async read(from: number, to: number): Promise<ColumnEntries> {
    try {
      return await this.#read(from, to);
    } catch (error) {
      if (!(error instanceof ParquetError) || error.column !== undefined) throw error;
      const { path } = this.#options;
      throw new ParquetError(`column "${path}" cannot be read: ${error.message}`, {
        column: path,
        cause: error,
      });
    }
  }

  async #read(from: number, to: number): Promise<ColumnEntries> {
    const parts: ColumnEntries[] = [];
    for (let number = 0; ; number += 1) {
      if (number === this.#pages.length && !(await this.#meetPage())) break;
      const { firstRow, rows } = this.#pages[number] as PagePlace;
      // The last row may continue in pages in which no row starts.
      if (firstRow >= to && (firstRow > to || !this.#context.maxRepetition)) break;
      if (firstRow + rows <= from) continue;
      const page = await this.#decoded(number);
      const end = entryOfRow(page, to - firstRow);
      parts.push(cutEntries(page, entryOfRow(page, from - firstRow), end));
      // Row `to` starts in this page.
      if (end < page.texts.length) break;
    }
    return joined(parts, this.#context.maxDefinition);
  }

  /** Moves to the next data page. Returns false when there is none. */
  async #meetPage(): Promise<boolean> {
    const { chunk } = this.#options;
    while (this.#entriesMet < chunk.valueCount) {
      const { header, start } = await this.#header();
      this.#at = start + header.packedBytes;
      if (header.type === "index") continue;
      if (header.type === "dictionary") {
        const values = decodeDictionary(header, await this.#page(header, start), this.#context);
        this.#dictionary = this.#options.toTexts(values);
        continue;
      }
      this.#entriesMet += header.valueCount;
      if (this.#entriesMet > chunk.valueCount) {
        throw damaged(`its pages hold ${this.#entriesMet} values, expected ${chunk.valueCount}`);
      }
      const number = this.#pages.length;
      const firstRow = this.#rowsMet;
      const known = header.v2?.rows ?? (this.#context.maxRepetition === 0 ? header.valueCount : undefined);
      this.#pages.push({ header, start, firstRow, rows: known ?? 0 });
      const rows = known ?? rowsIn(await this.#decoded(number));
      this.#pages[number] = { header, start, firstRow, rows };
      this.#rowsMet += rows;
      return true;
    }
    return false;
  }

  async #header(): Promise<{ readonly header: PageHeader; readonly start: number }> {
    for (let size = HEADER_BYTES; ; size *= 16) {
      const bytes = await this.#options.bytes.upTo(this.#at, size);
      try {
        const { header, end } = readPageHeader(bytes, 0);
        return { header, start: this.#at + end };
      } catch (error) {
        const helps =
          error instanceof ParquetError && error.isCutOff && bytes.length === size && size < MAX_HEADER_BYTES;
        if (!helps) throw error;
      }
    }
  }

  async #page(header: PageHeader, start: number): Promise<Buffer> {
    const bytes = await this.#options.bytes.exactly(start, start + header.packedBytes);
    if (header.checksum !== undefined && crc32(bytes) !== header.checksum >>> 0) {
      this.#options.warn(
        `a page of column "${this.#options.path}" does not match its checksum: its bytes may be damaged`,
      );
    }
    return bytes;
  }

  async #decoded(number: number): Promise<ColumnEntries> {
    if (this.#last?.number === number) return this.#last.entries;
    const { header, start } = this.#pages[number] as PagePlace;
    const page = decodePage(header, await this.#page(header, start), this.#context);
    const { definition, repetition } = page;
    if (number === 0 && repetition?.[0]) throw damaged("its first row begins in the middle of a list");
    const texts = entryTexts(page, this.#texts(page), this.#context.maxDefinition);
    this.#last = { number, entries: { texts, definition, repetition } };
    return this.#last.entries;
  }

  #texts({ values }: Page): readonly string[] {
    if (!("indices" in values)) return this.#options.toTexts(values as Values);
    const dictionary = this.#dictionary ?? [];
    const texts: string[] = new Array(values.indices.length);
    for (let i = 0; i < texts.length; i += 1) {
      const text = dictionary[values.indices[i] as number];
      if (text === undefined)
        throw damaged(`a value is number ${values.indices[i]} of a dictionary of ${dictionary.length}`);
      texts[i] = text;
    }
    return texts;
  }
}

/** One text per entry. */
function entryTexts(
  { definition, entries }: Page,
  values: readonly string[],
  maxDefinition: number,
): readonly (string | undefined)[] {
  if (!definition) return values;
  const texts: (string | undefined)[] = new Array(entries);
  let next = 0;
  for (let i = 0; i < entries; i += 1) {
    if (definition[i] === maxDefinition) {
      texts[i] = values[next];
      next += 1;
    } else {
      texts[i] = undefined;
    }
  }
  return texts;
}

function rowsIn({ repetition, texts }: ColumnEntries): number {
  if (!repetition) return texts.length;
  let rows = 0;
  for (let i = 0; i < texts.length; i += 1) if (repetition[i] === 0) rows += 1;
  return rows;
}

/**
 * The entry with which the page's row number `row` starts; the page's end if none does, its start for a row before it.
 * Entries before row 0 belong to the last row of the previous page.
 */
function entryOfRow({ repetition, texts }: ColumnEntries, row: number): number {
  if (row < 0) return 0;
  if (!repetition) return Math.min(row, texts.length);
  let left = row;
  for (let i = 0; i < texts.length; i += 1) {
    if (repetition[i] !== 0) continue;
    if (left === 0) return i;
    left -= 1;
  }
  return texts.length;
}

function cutEntries(entries: ColumnEntries, start: number, end: number): ColumnEntries {
  if (start === 0 && end === entries.texts.length) return entries;
  return {
    texts: entries.texts.slice(start, end),
    definition: entries.definition?.subarray(start, end),
    repetition: entries.repetition?.subarray(start, end),
  };
}

function joined(parts: readonly ColumnEntries[], maxDefinition: number): ColumnEntries {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const texts = parts.flatMap((part) => part.texts);
  return {
    texts,
    definition: joinedLevels(parts, texts.length, { of: "definition", absent: maxDefinition }),
    repetition: joinedLevels(parts, texts.length, { of: "repetition", absent: 0 }),
  };
}

function joinedLevels(
  parts: readonly ColumnEntries[],
  count: number,
  { of, absent }: { readonly of: "definition" | "repetition"; readonly absent: number },
): Uint8Array | undefined {
  if (!parts.some((part) => part[of])) return undefined;
  const levels = new Uint8Array(count).fill(absent);
  let at = 0;
  for (const part of parts) {
    const own = part[of];
    if (own) levels.set(own, at);
    at += part.texts.length;
  }
  return levels;
}
