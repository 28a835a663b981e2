import { damaged } from "../parquet-error.ts";
import type { NanRule } from "../values/numbers.ts";
import type { ColumnEntries } from "./column-reader.ts";
import type { LeafShape, ListShape, Shape } from "./shape.ts";

/** Where the next value starts in the entries of a column. */
export interface Cursor extends ColumnEntries {
  readonly maxDefinition: number;
  at: number;
}

/** Writes the next value as JSON, and moves the cursors of its columns past it. */
export type Write = () => string;

export interface WriteContext {
  readonly cursorOf: (leaf: LeafShape) => Cursor;
  readonly nan: NanRule;
}

/**
 * Whether the next value is present; if not, the cursors move past it. All columns must agree.
 * @throws {ParquetError}
 */
export function presence(
  shape: Pick<Shape, "definition" | "leaves">,
  { cursorOf }: WriteContext,
): () => boolean {
  const cursors = shape.leaves.map(cursorOf);
  const [first] = cursors as [Cursor, ...Cursor[]];
  const others = cursors.slice(1);
  return () => {
    const isThere = levelOf(first) >= shape.definition;
    for (const other of others) if (levelOf(other) >= shape.definition !== isThere) throw disagree(shape);
    if (!isThere) for (const cursor of cursors) cursor.at += 1;
    return isThere;
  };
}

/**
 * Calls back for each element of the next list. All columns must agree on where it ends.
 * @throws {ParquetError}
 */
export function elementsOf(
  shape: Pick<ListShape, "definition" | "leaves" | "elementDefinition" | "repetitionLevel">,
  { cursorOf }: WriteContext,
): (each: () => void) => "null" | "list" {
  const { definition, elementDefinition, repetitionLevel } = shape;
  const cursors = shape.leaves.map(cursorOf);
  const [first] = cursors as [Cursor, ...Cursor[]];
  const others = cursors.slice(1);
  return (each) => {
    const level = levelOf(first);
    if (level < elementDefinition) {
      for (const cursor of cursors) skipEmpty(cursor, shape, level);
      return level < definition ? "null" : "list";
    }
    for (;;) {
      for (const other of others) if (levelOf(other) < elementDefinition) throw disagree(shape);
      each();
      const goesOn = repeats(first, repetitionLevel);
      for (const other of others) if (repeats(other, repetitionLevel) !== goesOn) throw disagree(shape);
      if (!goesOn) return "list";
      if (levelOf(first) < elementDefinition) throw disagree(shape);
    }
  };
}

/**
 * Moves past a list that is null or empty. For a fixed-size array that is null, DuckDB writes an entry per element:
 * they contain nothing and are skipped as well.
 */
function skipEmpty(
  cursor: Cursor,
  list: Pick<ListShape, "leaves" | "elementDefinition" | "repetitionLevel">,
  level: number,
): void {
  if (levelOf(cursor) !== level) throw disagree(list);
  cursor.at += 1;
  while (repeats(cursor, list.repetitionLevel)) {
    if (levelOf(cursor) >= list.elementDefinition) throw disagree(list);
    cursor.at += 1;
  }
}

function repeats({ repetition, at }: Cursor, level: number): boolean {
  return repetition !== undefined && at < repetition.length && repetition[at] === level;
}

function levelOf({ definition, maxDefinition, at }: Cursor): number {
  return definition ? (definition[at] ?? 0) : maxDefinition;
}

export function disagree({ leaves }: Pick<Shape, "leaves">): Error {
  const names = leaves.map(({ node }) => `"${node.path}"`).join(", ");
  return damaged(
    `the entries of ${leaves.length > 1 ? "columns" : "column"} ${names} do not make up its rows`,
  );
}
