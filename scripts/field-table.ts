// Tables for the reference pages, made from schemas.

/** The part of a JSON Schema that is used here. */
export interface Property {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
  readonly items?: Property;
  readonly anyOf?: readonly Property[];
  readonly additionalProperties?: Property | boolean;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Property>>;
  readonly "x-default"?: string;
}

/** A Markdown table. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** One row per field of a JSON Schema; nested fields are listed by their path. */
export function fieldTable(root: Property): string {
  const rows = fieldRows(resolve(root, root), { root, prefix: "" });
  if (rows.length === 0) throw new TypeError("Cannot write a table of fields: the schema has none");
  return table(["field", "type", "default", "meaning"], rows);
}

function fieldRows(
  object: Property,
  context: { readonly root: Property; readonly prefix: string },
): readonly (readonly string[])[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, reference]) => {
    const property = resolve(reference, context.root);
    const field = `${context.prefix}${name}`;
    const required = object.required?.includes(name) === true;
    const nested = property.properties !== undefined;
    const initial = required ? "**required**" : nested ? "" : defaultText(property);
    const row = [`\`${field}\``, typeText(property), initial, property.description ?? ""];
    const items = property.items && resolve(property.items, context.root);
    return [
      row,
      ...fieldRows(property, { root: context.root, prefix: `${field}.` }),
      ...(items ? fieldRows(items, { root: context.root, prefix: `${field}[].` }) : []),
    ];
  });
}

function resolve(property: Property, root: Property): Property {
  const name = property.$ref?.split("/").at(-1);
  return name === undefined ? property : { ...root.$defs?.[name], ...property };
}

function typeText(property: Property): string {
  if (property.enum !== undefined) return property.enum.map((value) => `\`${value}\``).join(" or ");
  const alternatives = property.anyOf?.map(typeText);
  if (alternatives !== undefined) return [...new Set(alternatives)].join(" or ");
  if (property.const !== undefined) return `\`${property.const}\``;
  if (property.type === "array") {
    const of = property.items?.type;
    return of === undefined ? "list" : `list of ${of}s`;
  }
  const types = [property.type ?? "any"].flat().join(" or ");
  const values = property.additionalProperties;
  if (types === "object" && typeof values === "object" && values.type === "string")
    return "object of strings";
  return `${types}${bounds(property)}`;
}

function bounds({ minimum, maximum }: Property): string {
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (minimum === undefined) return "";
  return bounded ? `, ${minimum} to ${maximum}` : `, at least ${minimum}`;
}

function defaultText(property: Property): string {
  if (property["x-default"] !== undefined) return property["x-default"];
  return property.default === undefined ? "" : `\`${JSON.stringify(property.default).replaceAll('"', "")}\``;
}
