import { type Cursor, elementsOf, presence, type Write, type WriteContext } from "./cursor.ts";
import { mapText } from "./map-text.ts";
import type { LeafShape, ListShape, MapShape, Shape, StructShape } from "./shape.ts";
import { variantWriter } from "./variant-writer.ts";

/** Creates the function that writes the values of a field one after another. */
export function writerOf(shape: Shape, context: WriteContext): Write {
  switch (shape.kind) {
    case "leaf":
      return leafWriter(shape, context);
    case "struct":
      return structWriter(shape, context);
    case "list":
      return listWriter(shape, context);
    case "map":
      return mapWriter(shape, context);
    case "variant":
      return variantWriter(shape, context);
  }
}

function leafWriter(shape: LeafShape, { cursorOf }: WriteContext): Write {
  const cursor: Cursor = cursorOf(shape);
  return () => {
    const text = cursor.texts[cursor.at];
    cursor.at += 1;
    return text ?? "null";
  };
}

function structWriter(shape: StructShape, context: WriteContext): Write {
  const isThere = presence(shape, context);
  const fields = shape.fields.map(({ name, shape: field }, i) => ({
    before: `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`,
    write: writerOf(field, context),
  }));
  return () => {
    if (!isThere()) return "null";
    let text = "";
    for (const { before, write } of fields) text += before + write();
    return `${text}}`;
  };
}

function listWriter(shape: ListShape, context: WriteContext): Write {
  const elements = elementsOf(shape, context);
  const write = writerOf(shape.element, context);
  return () => {
    let text = "";
    const outcome = elements(() => {
      text += text === "" ? write() : `,${write()}`;
    });
    return outcome === "null" ? "null" : `[${text}]`;
  };
}

function mapWriter(shape: MapShape, context: WriteContext): Write {
  const elements = elementsOf(shape, context);
  const writeKey = writerOf(shape.key, context);
  const writeValue = writerOf(shape.value, context);
  const isScalarKey = shape.key.kind === "leaf";
  return () => {
    const entries: (readonly [string, string])[] = [];
    const outcome = elements(() => {
      entries.push([writeKey(), writeValue()]);
    });
    return outcome === "null" ? "null" : mapText(entries, { isScalarKey });
  };
}
