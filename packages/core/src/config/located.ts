import { exactNumber, isRawNumber } from "@millrace/exact-json";
import type { FieldPath } from "./schema-fields.ts";

/** A value of a document with its position; offsets count UTF-16 units from the start of the text. */
export interface Located {
  /** Where the value starts; undefined when the value was not read from text. */
  readonly offset: number | undefined;
  /** A scalar. */
  readonly value?: unknown;
  /** The scalar as it was written. */
  readonly source?: string;
  /** Fields of an object, in order. */
  readonly fields?: Map<string, LocatedField>;
  /** Entries of a list. */
  readonly items?: readonly Located[];
}

export interface LocatedField {
  /** Where the name starts. */
  readonly nameOffset: number | undefined;
  readonly node: Located;
}

/** The value without its positions. */
export function plainValue(node: Located): unknown {
  if (node.items !== undefined) return node.items.map(plainValue);
  if (node.fields === undefined) return node.value;
  return Object.fromEntries([...node.fields].map(([name, field]) => [name, plainValue(field.node)]));
}

/** Like {@link plainValue}, but numbers keep the digits that they were written with. */
export function exactValue(node: Located): unknown {
  if (node.items !== undefined) return node.items.map(exactValue);
  if (node.fields === undefined) return typeof node.value === "number" ? exactScalar(node) : node.value;
  return Object.fromEntries([...node.fields].map(([name, field]) => [name, exactValue(field.node)]));
}

function exactScalar({ value, source = "" }: Located): unknown {
  const text = jsonNumber(source);
  // A number in a form that JSON does not have, such as `.inf`, has no digits to keep beyond its value.
  return text === undefined ? value : exactNumber(text);
}

/** A YAML number in JSON notation: YAML 1.2 also allows `+1`, `.5`, `1.`, `007`, `0x1F` and `0o17`. */
function jsonNumber(source: string): string | undefined {
  if (/^0[xo]/.test(source)) return String(BigInt(source));
  const parts = /^([-+]?)(\d*)(?:\.(\d*))?([eE][-+]?\d+)?$/.exec(source);
  if (!parts) return undefined;
  const [, sign, whole = "", fraction, exponent = ""] = parts;
  const digits = whole.replace(/^0+(?=\d)/, "") || "0";
  return `${sign === "-" ? "-" : ""}${digits}${fraction === undefined ? "" : `.${fraction || "0"}`}${exponent}`;
}

/** A value that was not read from text, such as JSON of a request. It must be JSON; see `findNonJson`. */
export function locatePlain(value: unknown): Located {
  if (Array.isArray(value)) return { offset: undefined, items: value.map(locatePlain) };
  if (isRawNumber(value)) return { offset: undefined, value: Number(value.rawJSON), source: value.rawJSON };
  if (typeof value !== "object" || value === null) return { offset: undefined, value, source: String(value) };
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => [name, { nameOffset: undefined, node: locatePlain(field) }] as const);
  return { offset: undefined, fields: new Map(fields) };
}

/**
 * Position of the name or value of the field at `path`. For a missing field, the nearest enclosing object counts: its
 * name where it has one, since its value starts at its first field.
 */
export function offsetOf(root: Located, path: FieldPath, of: "name" | "value"): number | undefined {
  let node = root;
  let nameOffset = root.offset;
  for (const part of path) {
    const field = typeof part === "string" ? node.fields?.get(part) : undefined;
    const next = typeof part === "number" ? node.items?.[part] : field?.node;
    if (next === undefined) return nameOffset;
    nameOffset = field?.nameOffset ?? next.offset;
    node = next;
  }
  return of === "name" ? nameOffset : node.offset;
}

/** An empty `compute:` counts as if `compute` were absent. Below the schema's own fields, null is a value. */
export function dropEmptyFields(node: Located, options: { readonly below: number }): void {
  for (const [name, field] of node.fields ?? []) {
    if (field.node.value === null && field.node.fields === undefined && field.node.items === undefined) {
      node.fields?.delete(name);
    } else if (options.below > 1) dropEmptyFields(field.node, { below: options.below - 1 });
  }
}
