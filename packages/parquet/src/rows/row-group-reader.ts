import type { ByteSource } from "../byte-source.ts";
import type { RowGroup } from "../metadata/footer.ts";
import type { ToTexts } from "../values/leaf-texts.ts";
import type { NanRule } from "../values/numbers.ts";
import { assemble } from "./assemble.ts";
import { ChunkBytes } from "./chunk-bytes.ts";
import { ColumnReader } from "./column-reader.ts";
import type { Cursor } from "./cursor.ts";
import type { LeafShape, Shape } from "./shape.ts";

/** How much all columns together may read ahead, and the minimum and maximum per column. */
const READ_AHEAD_BYTES = 32 * 1024 * 1024;
const MIN_READ_AHEAD_BYTES = 64 * 1024;
const MAX_READ_AHEAD_BYTES = 4 * 1024 * 1024;
/** Bytes after a column's end that may still belong to it: some footers do not count a dictionary's header. */
const SLACK_BYTES = 128;

export interface RowGroupOptions {
  readonly source: ByteSource;
  readonly rowGroup: RowGroup;
  readonly fields: readonly { readonly name: string; readonly shape: Shape }[];
  readonly toTexts: (leaf: LeafShape) => ToTexts;
  readonly nan: NanRule;
  readonly warn: (text: string) => void;
}

/** Reads rows of one row group. */
export class RowGroupReader {
  readonly #options: RowGroupOptions;
  readonly #columns: ReadonlyMap<LeafShape, ColumnReader>;

  constructor(options: RowGroupOptions) {
    this.#options = options;
    const leaves = options.fields.flatMap(({ shape }) => shape.leaves);
    const share = READ_AHEAD_BYTES / Math.max(1, leaves.length);
    const readAheadBytes = Math.max(MIN_READ_AHEAD_BYTES, Math.min(MAX_READ_AHEAD_BYTES, share));
    this.#columns = new Map(leaves.map((leaf) => [leaf, this.#columnReader(leaf, readAheadBytes)]));
  }

  /** The rows `[from, to)` of the row group as JSON texts. @throws {ParquetError} */
  async read(from: number, to: number): Promise<readonly string[]> {
    const cursors = new Map<LeafShape, Cursor>();
    for (const [leaf, column] of this.#columns) {
      const entries = await column.read(from, to);
      cursors.set(leaf, { ...entries, maxDefinition: leaf.definition, at: 0 });
    }
    const rows = to - from;
    const context = { cursorOf: (leaf: LeafShape) => cursors.get(leaf) as Cursor, nan: this.#options.nan };
    const texts: string[] = new Array(rows).fill("");
    for (const [i, { name, shape }] of this.#options.fields.entries()) {
      const values = assemble(shape, rows, context);
      const before = `${i === 0 ? "{" : ","}${name}:`;
      for (let row = 0; row < rows; row += 1) texts[row] += before + values[row];
    }
    return texts.map((text) => (text === "" ? "{}" : `${text}}`));
  }

  #columnReader(leaf: LeafShape, readAheadBytes: number): ColumnReader {
    const { source, rowGroup, toTexts, warn } = this.#options;
    const chunk = rowGroup.columns[leaf.type.column] as RowGroup["columns"][number];
    return new ColumnReader({
      path: leaf.node.path,
      chunk,
      bytes: new ChunkBytes(source, { end: chunk.end + SLACK_BYTES, readAheadBytes }),
      context: {
        type: leaf.type,
        maxDefinition: leaf.node.definition,
        maxRepetition: leaf.node.repetitionLevel,
      },
      toTexts: toTexts(leaf),
      warn,
    });
  }
}
