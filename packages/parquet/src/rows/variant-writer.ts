import { Buffer } from "node:buffer";
import { damaged } from "../parquet-error.ts";
import { decodeNames, type VariantNames } from "../variant/metadata.ts";
import { isVariantObject, objectFields, variantText } from "../variant/value.ts";
import { elementsOf, presence, type Write, type WriteContext } from "./cursor.ts";
import type { TypedValue, VariantFields, VariantShape } from "./shape.ts";

/** Writes a part of a variant; undefined if that part is missing. */
type WritePart = (names: VariantNames) => string | undefined;

/** Writes variants, reassembled if they were shredded. Source: VariantShredding.md of Apache Parquet. */
export function variantWriter(shape: VariantShape, context: WriteContext): Write {
  const isThere = presence(shape, context);
  const metadata = context.cursorOf(shape.metadata);
  const write = partWriter(shape.fields, context);
  // Most values of a column have the same names.
  let last: { readonly bytes: string; readonly names: VariantNames } | undefined;
  return () => {
    if (!isThere()) return "null";
    const bytes = metadata.texts[metadata.at] ?? "";
    metadata.at += 1;
    if (last?.bytes !== bytes) last = { bytes, names: decodeNames(Buffer.from(bytes, "latin1")) };
    return write(last.names) ?? "null";
  };
}

function partWriter({ value, typed }: VariantFields, context: WriteContext): WritePart {
  const { cursorOf, nan } = context;
  const cursor = value && cursorOf(value);
  const writeTyped = typed && typedWriter(typed, context);
  return (names) => {
    const raw = cursor?.texts[cursor.at];
    if (cursor) cursor.at += 1;
    const bytes = raw === undefined ? undefined : Buffer.from(raw, "latin1");
    const typedText = writeTyped?.(names, bytes);
    if (typedText !== undefined) return typedText;
    return bytes && variantText(bytes, { names, nan });
  };
}

/** Writes a shredded part; undefined if all of it is in the value next to it. */
type WriteTyped = (names: VariantNames, value: Buffer | undefined) => string | undefined;

function typedWriter(typed: TypedValue, context: WriteContext): WriteTyped {
  switch (typed.kind) {
    case "leaf":
      return leafWriter(typed, context);
    case "list":
      return listWriter(typed, context);
    case "object":
      return objectWriter(typed, context);
  }
}

function leafWriter(
  { shape }: TypedValue & { readonly kind: "leaf" },
  { cursorOf }: WriteContext,
): WriteTyped {
  const cursor = cursorOf(shape);
  return (_, value) => {
    const text = cursor.texts[cursor.at];
    cursor.at += 1;
    if (text !== undefined && value) throw twice();
    return text;
  };
}

function listWriter(typed: TypedValue & { readonly kind: "list" }, context: WriteContext): WriteTyped {
  const elements = elementsOf(typed.list, context);
  const write = partWriter(typed.element, context);
  return (names, value) => {
    const texts: string[] = [];
    const outcome = elements(() => {
      texts.push(write(names) ?? "null");
    });
    if (outcome === "null") return undefined;
    if (value) throw twice();
    return `[${texts.join(",")}]`;
  };
}

/** Fields that were not shredded are in a separate object. */
function objectWriter(typed: TypedValue & { readonly kind: "object" }, context: WriteContext): WriteTyped {
  const isThere = presence(typed, context);
  const fields = typed.fields.map(({ name, value }) => ({ name, write: partWriter(value, context) }));
  return (names, value) => {
    if (!isThere()) return undefined;
    if (value && !isVariantObject(value)) throw twice();
    const parts: string[] = [];
    for (const { name, write } of fields) {
      const text = write(names);
      if (text !== undefined) parts.push(`${JSON.stringify(name)}:${text}`);
    }
    const rest = value ? objectFields(value, { names, nan: context.nan }) : [];
    for (const [name, text] of rest) parts.push(`${JSON.stringify(name)}:${text}`);
    return `{${parts.join(",")}}`;
  };
}

function twice(): Error {
  return damaged("a variant has a value in two places");
}
