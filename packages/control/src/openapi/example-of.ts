/** The subset of JSON Schema that the document uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  /** For a string: the schema of its parsed contents. */
  readonly contentSchema?: JsonSchema;
}

/**
 * Builds a value that fits `schema` from the examples of its fields.
 *
 * @param schemas the document's `components.schemas`
 */
export function exampleOf(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): unknown {
  if ("example" in schema) return schema.example;
  if ("const" in schema) return schema.const;
  const inner = schema.$ref
    ? schemas[schema.$ref.split("/").at(-1) ?? ""]
    : (schema.oneOf ?? schema.anyOf)?.[0];
  if (inner !== undefined) return exampleOf(inner, schemas);
  if (schema.enum !== undefined) return schema.enum[0];
  if ("default" in schema) return schema.default;
  const type = typeof schema.type === "object" ? schema.type[0] : schema.type;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, field]) => [name, exampleOf(field, schemas)]),
      );
    case "array":
      return schema.items === undefined ? [] : [exampleOf(schema.items, schemas)];
    case "string":
      return schema.contentSchema ? JSON.stringify(exampleOf(schema.contentSchema, schemas)) : "";
    case "integer":
    case "number":
      return schema.minimum ?? 0;
    case "boolean":
      return false;
    default:
      return null;
  }
}
