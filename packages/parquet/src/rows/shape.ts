import type { LeafType, SchemaNode } from "../metadata/schema-tree.ts";
import { ParquetError } from "../parquet-error.ts";

/**
 * How a row's values are structured, after removing the schema groups that only the format needs.
 *
 * `definition` is the level from which the value is present (not null). The leaves of a shape are its columns, in
 * schema order.
 */
export type Shape = LeafShape | StructShape | ListShape | MapShape | VariantShape;

interface Common {
  readonly node: SchemaNode;
  readonly definition: number;
  readonly leaves: readonly LeafShape[];
}

export interface LeafShape extends Common {
  readonly kind: "leaf";
  readonly type: LeafType;
  /** True for bytes that are part of a value: they are kept as they are. */
  readonly isRaw: boolean;
}

export interface StructShape extends Common {
  readonly kind: "struct";
  readonly fields: readonly { readonly name: string; readonly shape: Shape }[];
}

export interface ListShape extends Common {
  readonly kind: "list";
  readonly element: Shape;
  /** Definition level from which it has an element. */
  readonly elementDefinition: number;
  /** Repetition level of its second and later elements. */
  readonly repetitionLevel: number;
}

export interface MapShape extends Common {
  readonly kind: "map";
  readonly key: Shape;
  readonly value: Shape;
  readonly elementDefinition: number;
  readonly repetitionLevel: number;
}

export interface VariantShape extends Common {
  readonly kind: "variant";
  readonly metadata: LeafShape;
  readonly fields: VariantFields;
}

/** The two fields in which a variant, or a part of a shredded one, is stored. */
export interface VariantFields {
  readonly value: LeafShape | undefined;
  readonly typed: TypedValue | undefined;
}

export type TypedValue =
  | { readonly kind: "leaf"; readonly shape: LeafShape }
  | {
      readonly kind: "list";
      readonly list: Omit<ListShape, "kind" | "element">;
      readonly element: VariantFields;
    }
  | {
      readonly kind: "object";
      readonly definition: number;
      readonly leaves: readonly LeafShape[];
      readonly fields: readonly { readonly name: string; readonly value: VariantFields }[];
    };

/** The shape of a field of the schema. @throws {ParquetError} for one that Parquet does not allow */
export function shapeOf(node: SchemaNode): Shape {
  // Repeated without an enclosing list: a list that is never null (Protocol Buffers, parquet-go).
  if (node.repetition === "repeated")
    return listOf(node, { list: node, repeated: node, element: single(node) });
  return single(node);
}

/** The shape of a node as a single value, whether it is repeated or not. */
function single(node: SchemaNode): Shape {
  if (node.leaf) return leafOf(node, node.leaf);
  switch (node.logical?.kind) {
    case "list":
      return annotatedList(node);
    case "map":
      return annotatedMap(node);
    case "variant":
      return variantOf(node);
    default:
      return structOf(node);
  }
}

function leafOf(node: SchemaNode, type: LeafType, { isRaw = false } = {}): LeafShape {
  const shape = { kind: "leaf", node, definition: node.definition, type, isRaw } as const;
  const leaf: { -readonly [K in keyof LeafShape]: LeafShape[K] } = { ...shape, leaves: [] };
  leaf.leaves = [leaf];
  return leaf;
}

function structOf(node: SchemaNode): StructShape {
  const fields = node.children.map((child) => ({ name: child.name, shape: shapeOf(child) }));
  const leaves = fields.flatMap(({ shape }) => shape.leaves);
  return { kind: "struct", node, definition: node.definition, leaves, fields };
}

/** Follows the rules for lists, including those for older writers (LogicalTypes.md of Apache Parquet, "Lists"). */
function annotatedList(node: SchemaNode): Shape {
  const [repeated, more] = node.children;
  if (repeated?.repetition !== "repeated" || more) return structOf(node);
  const [only, second] = repeated.children;
  const isElementItself =
    only === undefined ||
    second !== undefined ||
    only.repetition === "repeated" ||
    repeated.name === "array" ||
    repeated.name === `${node.name}_tuple`;
  return listOf(node, { list: node, repeated, element: isElementItself ? single(repeated) : single(only) });
}

function listOf(
  node: SchemaNode,
  parts: { readonly list: SchemaNode; readonly repeated: SchemaNode; readonly element: Shape },
): ListShape {
  const { list, repeated, element } = parts;
  return {
    kind: "list",
    node,
    // A list that is its own repeated field is present wherever its parent is.
    definition: list === repeated ? repeated.definition - 1 : list.definition,
    leaves: element.leaves,
    element,
    elementDefinition: repeated.definition,
    repetitionLevel: repeated.repetitionLevel,
  };
}

/** Follows the rules for maps; an annotated group that is not a map is treated as what it is. */
function annotatedMap(node: SchemaNode): Shape {
  const [repeated, more] = node.children;
  if (repeated?.repetition !== "repeated" || more) return structOf(node);
  const [keyNode, valueNode, third] = repeated.children;
  if (!keyNode || !valueNode || third) {
    // A map without values is a set of its keys.
    const element = keyNode && !valueNode ? single(keyNode) : single(repeated);
    return listOf(node, { list: node, repeated, element });
  }
  const key = shapeOf(keyNode);
  const value = shapeOf(valueNode);
  return {
    kind: "map",
    node,
    definition: node.definition,
    leaves: [...key.leaves, ...value.leaves],
    key,
    value,
    elementDefinition: repeated.definition,
    repetitionLevel: repeated.repetitionLevel,
  };
}

function variantOf(node: SchemaNode): VariantShape {
  const metadata = node.children.find(({ name }) => name === "metadata");
  if (metadata?.leaf?.physical !== "BYTE_ARRAY") {
    throw new ParquetError(`column "${node.path}" is a variant without metadata`, { column: node.path });
  }
  const metadataLeaf = leafOf(metadata, metadata.leaf, { isRaw: true });
  const fields = variantFields(node);
  return {
    kind: "variant",
    node,
    definition: node.definition,
    leaves: [metadataLeaf, ...leavesOf(fields)].sort((a, b) => a.type.column - b.type.column),
    metadata: metadataLeaf,
    fields,
  };
}

/** Follows the rules for shredded variants (VariantShredding.md of Apache Parquet). */
function variantFields(group: SchemaNode): VariantFields {
  const value = group.children.find(({ name }) => name === "value");
  const typed = group.children.find(({ name }) => name === "typed_value");
  return {
    value: value?.leaf && leafOf(value, value.leaf, { isRaw: true }),
    typed: typed && typedValue(typed),
  };
}

function typedValue(node: SchemaNode): TypedValue {
  if (node.leaf) return { kind: "leaf", shape: leafOf(node, node.leaf) };
  const [repeated] = node.children;
  const element = repeated?.children[0];
  if (node.logical?.kind === "list" && repeated?.repetition === "repeated" && element) {
    const parts = variantFields(element);
    const {
      kind: _,
      element: __,
      ...list
    } = listOf(node, { list: node, repeated, element: structOf(element) });
    return { kind: "list", list: { ...list, leaves: leavesOf(parts) }, element: parts };
  }
  const fields = node.children.map((field) => ({ name: field.name, value: variantFields(field) }));
  const leaves = fields.flatMap((field) => leavesOf(field.value));
  return { kind: "object", definition: node.definition, leaves, fields };
}

function leavesOf({ value, typed }: VariantFields): readonly LeafShape[] {
  const ofTyped =
    typed?.kind === "leaf" ? typed.shape.leaves : typed?.kind === "list" ? typed.list.leaves : typed?.leaves;
  return [...(value ? [value] : []), ...(ofTyped ?? [])];
}
