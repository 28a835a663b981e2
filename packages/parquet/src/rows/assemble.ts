import { damaged } from "../parquet-error.ts";
import { type Cursor, disagree, type WriteContext } from "./cursor.ts";
import type { LeafShape, Shape } from "./shape.ts";
import { writerOf } from "./writers.ts";

/**
 * The JSON texts of the next `rows` values of a field.
 *
 * All its columns must agree on where rows, lists and nulls are: anything else is rejected, never guessed.
 *
 * @throws {ParquetError}
 */
export function assemble(shape: Shape, rows: number, context: WriteContext): readonly string[] {
  const cursors = shape.leaves.map(context.cursorOf);
  if (shape.kind === "leaf") return leafRows(shape, rows, cursors[0] as Cursor);
  const write = writerOf(shape, context);
  const texts: string[] = new Array(rows);
  for (let row = 0; row < rows; row += 1) {
    for (const cursor of cursors) if (!isAtRow(cursor)) throw disagree(shape);
    texts[row] = write();
  }
  for (const { texts: entries, at } of cursors) if (at !== entries.length) throw disagree(shape);
  return texts;
}

/** The common case: one column without lists. */
function leafRows({ node }: LeafShape, rows: number, { texts }: Cursor): readonly string[] {
  if (texts.length !== rows) {
    throw damaged(`column "${node.path}" has values for ${texts.length} rows, expected ${rows}`);
  }
  return texts.map((text) => text ?? "null");
}

function isAtRow({ texts, repetition, at }: Cursor): boolean {
  return at < texts.length && (repetition?.[at] ?? 0) === 0;
}
