import { Buffer } from "node:buffer";
import { types } from "node:util";
import { isTensor, tensorValues } from "./tensor.ts";

const { getPrototypeOf, prototype: OBJECT } = Object;
const TAKEN = "it is taken as the output of the whole batch and given to each item";

/** What belongs to each item, and a warning for the log if that is probably a mistake. */
export interface FoundRows {
  /** One for each item; absent: the output is the whole batch's. */
  readonly rows?: readonly unknown[];
  readonly warning?: string;
}

/** Finds the rows of an output: of an array, a typed array, a tensor, or an object of equally long columns. */
export function findRows(value: unknown, itemCount: number): FoundRows {
  if (Array.isArray(value)) {
    return value.length === itemCount
      ? { rows: value }
      : { warning: warningOf(`an array of ${value.length}`, itemCount) };
  }
  if (typeof value !== "object" || value === null) return {};
  if (isColumn(value)) {
    const length = lengthOf(value);
    if (length === undefined) return {};
    if (length !== itemCount)
      return { warning: warningOf(`a typed array or tensor of ${length}`, itemCount) };
    return { rows: valuesOf(value) };
  }
  const prototype: unknown = getPrototypeOf(value);
  const isPlain = prototype === OBJECT || prototype === null;
  return isPlain ? rowsOfColumns(value as Readonly<Record<string, unknown>>, itemCount) : {};
}

function warningOf(found: string, itemCount: number): string {
  return `predict returned ${found} for ${itemCount} items: ${TAKEN}`;
}

/** A buffer is bytes of something, not a value for each item. */
function isColumn(value: unknown): boolean {
  return (types.isTypedArray(value) && !Buffer.isBuffer(value)) || isTensor(value);
}

function lengthOf(column: unknown): number | undefined {
  if (isTensor(column)) return column.dims[0];
  return isColumn(column) || Array.isArray(column) ? (column as readonly unknown[]).length : undefined;
}

function valuesOf(column: unknown): readonly unknown[] {
  const values = isTensor(column) ? tensorValues(column) : column;
  return Array.isArray(values) ? values : Array.from(values as ArrayLike<unknown>);
}

/** Without a typed array or a tensor among them, arrays are an ordinary object's. */
function rowsOfColumns(columns: Readonly<Record<string, unknown>>, itemCount: number): FoundRows {
  const names = Object.keys(columns);
  if (!names.some((name) => isColumn(columns[name]))) return {};
  const misfit = names.find((name) => lengthOf(columns[name]) !== itemCount);
  if (misfit !== undefined) {
    if (!names.some((name) => isColumn(columns[name]) && lengthOf(columns[name]) === itemCount)) return {};
    const length = lengthOf(columns[misfit]);
    const found = length === undefined ? "no column" : `of ${length}`;
    const text = `predict returned an object of columns for ${itemCount} items, but "${misfit}" is ${found}`;
    return { warning: `${text}: ${TAKEN}` };
  }
  const values = names.map((name) => valuesOf(columns[name]));
  const rows = Array.from({ length: itemCount }, (_, item) =>
    Object.fromEntries(names.map((name, column) => [name, values[column]?.[item]])),
  );
  return { rows };
}
