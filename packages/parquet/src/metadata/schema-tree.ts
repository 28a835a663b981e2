import { damaged, ParquetError } from "../parquet-error.ts";
import { nameOf, PHYSICAL_TYPES, type PhysicalType, REPETITIONS, type Repetition } from "./enums.ts";
import { type LogicalType, logicalTypeOf } from "./logical-type.ts";
import type { ThriftStruct } from "./thrift.ts";

/** Levels are stored in bytes. */
const MAX_LEVEL = 255;

/** An element of the schema with its children. */
export interface SchemaNode {
  readonly name: string;
  /** Dotted path, without the root. */
  readonly path: string;
  readonly repetition: Repetition;
  readonly logical: LogicalType | undefined;
  /** Definition level of entries in which this element is present. */
  readonly definition: number;
  /** Number of repeated elements on its path, including itself. */
  readonly repetitionLevel: number;
  readonly children: readonly SchemaNode[];
  /** For a leaf: how its values are stored. */
  readonly leaf?: LeafType;
}

export interface LeafType {
  /** Number of its column, from 0. */
  readonly column: number;
  readonly physical: PhysicalType;
  /** Size of a value of a fixed-length type, otherwise 0. */
  readonly valueBytes: number;
}

/** Builds a tree from the elements of a footer's schema: the fields below its root. @throws {ParquetError} */
export function schemaTree(elements: readonly ThriftStruct[]): readonly SchemaNode[] {
  const [root] = elements;
  if (!root) throw damaged("its schema is empty");
  const builder = new TreeBuilder(elements);
  // The root's repetition type is meaningless, although some writers set it (arrow-go).
  const top = builder.children(root, { path: [], definition: 0, repetitionLevel: 0 });
  if (builder.at !== elements.length) throw damaged("its schema has elements that belong to no field");
  return top;
}

interface Parent {
  readonly path: readonly string[];
  readonly definition: number;
  readonly repetitionLevel: number;
}

class TreeBuilder {
  readonly #elements: readonly ThriftStruct[];
  /** Index of the next element. */
  at = 1;
  #columns = 0;

  constructor(elements: readonly ThriftStruct[]) {
    this.#elements = elements;
  }

  children(element: ThriftStruct, parent: Parent): readonly SchemaNode[] {
    const children: SchemaNode[] = [];
    for (let left = element.int(5) ?? 0; left > 0; left -= 1) children.push(this.#node(parent));
    return children;
  }

  #node(parent: Parent): SchemaNode {
    const element = this.#elements[this.at];
    if (!element) throw damaged("its schema is cut off");
    this.at += 1;
    const name = element.text(4) ?? "";
    const path = [...parent.path, name];
    const repetition = REPETITIONS[element.int(3) ?? 0] ?? "required";
    const levels = {
      definition: parent.definition + (repetition === "required" ? 0 : 1),
      repetitionLevel: parent.repetitionLevel + (repetition === "repeated" ? 1 : 0),
    };
    if (levels.definition > MAX_LEVEL)
      throw new ParquetError(`its schema is nested deeper than ${MAX_LEVEL} levels`);
    const node = { name, path: path.join("."), repetition, logical: logicalTypeOf(element), ...levels };
    if (element.int(5)) return { ...node, children: this.children(element, { path, ...levels }) };
    if (element.int(1) === undefined)
      throw new ParquetError(`field "${node.path}" is a group without fields`);
    return { ...node, children: [], leaf: this.#leaf(element, node.path) };
  }

  #leaf(element: ThriftStruct, path: string): LeafType {
    const physical = PHYSICAL_TYPES[element.int(1) ?? -1];
    if (!physical) {
      throw new ParquetError(
        `column "${path}" is of the physical type ${nameOf(PHYSICAL_TYPES, element.int(1))}, which is unknown`,
        { column: path },
      );
    }
    const valueBytes =
      physical === "FIXED_LEN_BYTE_ARRAY" ? (element.int(2) ?? -1) : physical === "INT96" ? 12 : 0;
    if (valueBytes < 0) throw damaged(`column "${path}" has values of no length`);
    this.#columns += 1;
    return { column: this.#columns - 1, physical, valueBytes };
  }
}
