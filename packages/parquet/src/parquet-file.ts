import type { ByteSource } from "./byte-source.ts";
import { isKnownCodec } from "./codecs/decompress.ts";
import { addArrowTypes } from "./metadata/add-arrow-types.ts";
import { ARROW_SCHEMA_KEY, arrowFields } from "./metadata/arrow-schema.ts";
import { CODECS, ENCODINGS, nameOf } from "./metadata/enums.ts";
import { type Footer, readFooter } from "./metadata/footer.ts";
import { schemaTree } from "./metadata/schema-tree.ts";
import { damaged, ParquetError } from "./parquet-error.ts";
import { isKnownEncoding } from "./rows/page.ts";
import { RowGroupReader } from "./rows/row-group-reader.ts";
import { type LeafShape, type Shape, shapeOf } from "./rows/shape.ts";
import { latin1Texts } from "./values/bytes.ts";
import { leafTexts, type ToTexts } from "./values/leaf-texts.ts";
import type { NanRule } from "./values/numbers.ts";

/** Rows, and their approximate number of bytes, that are decoded to check that all columns are supported. */
const CHECKED_ROWS = 1_000;
const CHECKED_BYTES = 16 * 1024 * 1024;

export interface ParquetOptions {
  /** Replacement for NaN and infinities. @default "null" */
  readonly nan?: NanRule;
  /** Called for oddities that can still be read. */
  readonly warn?: (text: string) => void;
}

/** A field of the file's rows, with its name in their JSON. */
export interface Field {
  /** JSON text of the name. */
  readonly name: string;
  readonly shape: Shape;
}

/**
 * Reads rows of a Parquet file as JSON texts. Anything missing or ambiguous is rejected with its name; no value is
 * guessed.
 */
export class ParquetFile {
  readonly #source: ByteSource;
  readonly #footer: Footer;
  readonly #fields: readonly Field[];
  readonly #toTexts: ReadonlyMap<LeafShape, ToTexts>;
  readonly #options: Required<ParquetOptions>;
  /** The read in progress: the next one waits, since column readers only move forward. */
  #turn: Promise<unknown> = Promise.resolve();
  /** For the row group read last: sequential reads can reuse its pages. */
  #reader: { readonly group: number; readonly reader: RowGroupReader } | undefined;

  private constructor(source: ByteSource, footer: Footer, options: ParquetOptions) {
    this.#source = source;
    this.#footer = footer;
    this.#options = { nan: options.nan ?? "null", warn: options.warn ?? (() => {}) };
    const nodes = addArrowTypes(
      schemaTree(footer.schema),
      arrowFields(footer.keyValues.get(ARROW_SCHEMA_KEY)),
    );
    const names = distinctNames(
      nodes.map(({ name }) => name),
      this.#options.warn,
    );
    this.#fields = nodes.map((node, i) => ({ name: JSON.stringify(names[i]), shape: shapeOf(node) }));
    const leaves = this.#fields.flatMap(({ shape }) => shape.leaves);
    this.#toTexts = new Map(
      leaves.map((leaf) => [
        leaf,
        leaf.isRaw ? (latin1Texts as ToTexts) : leafTexts(leaf.node, this.#options.nan),
      ]),
    );
    checkColumns(footer, leaves);
  }

  /** Reads the footer, and checks that the type of every column is supported. @throws {ParquetError} */
  static async open(source: ByteSource, options: ParquetOptions = {}): Promise<ParquetFile> {
    return new ParquetFile(source, await readFooter(source), options);
  }

  get rows(): number {
    return this.#footer.rows;
  }

  /**
   * The row group that contains a row: its rows `[start, end)` and its uncompressed bytes. Undefined past the last row.
   */
  rowGroupOf(
    row: number,
  ): { readonly start: number; readonly end: number; readonly bytes: number } | undefined {
    const { group, start } = this.#groupOf(row);
    return group && { start, end: start + group.rows, bytes: group.bytes };
  }

  /** Decodes the first rows, so that unsupported data is found before any work is done. @throws {ParquetError} */
  async check(): Promise<void> {
    const { group } = this.#groupOf(0);
    if (!group) return;
    const rows = Math.ceil(CHECKED_BYTES / Math.max(1, group.bytes / group.rows));
    await this.read(0, Math.min(this.rows, CHECKED_ROWS, rows));
  }

  /**
   * The rows `[from, to)` as JSON objects, in schema order. They are decoded all at once: request large row groups in
   * windows.
   * @throws {ParquetError}
   */
  read(from: number, to: number): Promise<readonly string[]> {
    const rows = this.#turn.then(() => this.#read(from, to));
    this.#turn = rows.catch(() => {});
    return rows;
  }

  async #read(from: number, to: number): Promise<readonly string[]> {
    const texts: string[] = [];
    for (let row = from; row < to; ) {
      const { group, start, index } = this.#groupOf(row);
      if (!group) break;
      const end = Math.min(to, start + group.rows);
      const rows = await this.#readerOf(index).read(row - start, end - start);
      for (const text of rows) texts.push(text);
      row = end;
    }
    return texts;
  }

  #readerOf(group: number): RowGroupReader {
    if (this.#reader?.group !== group) {
      const reader = new RowGroupReader({
        source: this.#source,
        rowGroup: this.#footer.rowGroups[group] as Footer["rowGroups"][number],
        fields: this.#fields,
        toTexts: (leaf) => this.#toTexts.get(leaf) as ToTexts,
        ...this.#options,
      });
      this.#reader = { group, reader };
    }
    return this.#reader.reader;
  }

  #groupOf(row: number) {
    let start = 0;
    for (const [index, group] of this.#footer.rowGroups.entries()) {
      if (row < start + group.rows) return { group, start, index };
      start += group.rows;
    }
    return { group: undefined, start, index: -1 };
  }
}

/** Every row group must have every column, in a supported form. */
function checkColumns({ rowGroups }: Footer, leaves: readonly LeafShape[]): void {
  for (const [number, { columns, rows }] of rowGroups.entries()) {
    if (columns.length !== leaves.length) {
      throw damaged(`row group ${number} has ${columns.length} columns, expected ${leaves.length}`);
    }
    for (const { node, type } of leaves) {
      const chunk = columns[type.column] as (typeof columns)[number];
      if (chunk.path !== node.path)
        throw damaged(`row group ${number} has column "${chunk.path}" in the place of "${node.path}"`);
      if (chunk.valueCount < rows) {
        throw damaged(
          `column "${node.path}" has ${chunk.valueCount} values for the ${rows} rows of row group ${number}`,
        );
      }
      const encoding = chunk.encodings.find((candidate) => !isKnownEncoding(candidate));
      const problem = !isKnownCodec(chunk.codec)
        ? `compressed with ${nameOf(CODECS, chunk.codec)}`
        : encoding !== undefined
          ? `encoded as ${nameOf(ENCODINGS, encoding)}`
          : undefined;
      if (!problem) continue;
      throw new ParquetError(
        `column "${node.path}" is ${problem}, which cannot be read; write the file with another one, such as zstd or PLAIN`,
        { column: node.path },
      );
    }
  }
}

/** Names for the rows' fields: a repeated name gets a number, so that nothing is lost. */
function distinctNames(names: readonly string[], warn: (text: string) => void): readonly string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let number = 2;
    while (taken.has(`${name}_${number}`)) number += 1;
    const distinct = `${name}_${number}`;
    taken.add(distinct);
    warn(`it has two columns named "${name}": the later one is "${distinct}" in its items`);
    return distinct;
  });
}
