import type { ArrowField } from "./arrow-schema.ts";
import type { SchemaNode } from "./schema-tree.ts";

/** The same schema, with the types that only the accompanying Arrow schema has. */
export function addArrowTypes(
  nodes: readonly SchemaNode[],
  fields: readonly ArrowField[],
): readonly SchemaNode[] {
  // Fields are matched by position, since names may occur twice.
  if (nodes.length !== fields.length) return nodes;
  return nodes.map((node, i) => {
    const field = fields[i] as ArrowField;
    return field.name === node.name ? withTypes(node, field) : node;
  });
}

function withTypes(node: SchemaNode, field: ArrowField): SchemaNode {
  if (node.leaf)
    return field.logical && node.leaf.physical === "INT64" ? { ...node, logical: field.logical } : node;
  if (node.logical?.kind === "list" || node.logical?.kind === "map") return inRepeated(node, field);
  return { ...node, children: addArrowTypes(node.children, field.children) };
}

/**
 * Lists: Arrow has the element where Parquet has a repeated group that contains the element. Maps are the same in both.
 */
function inRepeated(node: SchemaNode, field: ArrowField): SchemaNode {
  const [repeated] = node.children;
  const [inner] = field.children;
  if (!repeated || !inner || node.children.length > 1) return node;
  if (node.logical?.kind === "map") {
    return {
      ...node,
      children: [{ ...repeated, children: addArrowTypes(repeated.children, inner.children) }],
    };
  }
  const [element] = repeated.children;
  if (!element || repeated.children.length > 1) return node;
  return { ...node, children: [{ ...repeated, children: [withTypes(element, inner)] }] };
}
