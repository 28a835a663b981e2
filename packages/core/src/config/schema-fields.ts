import type { z } from "zod";

/** Path of a field: names and list indexes. */
export type FieldPath = readonly (string | number)[];

/** A name as messages show it: names chosen by users may have any length. */
export function shownName(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}

/** `["s3_paths", 2]` as users see it: `s3_paths[2]`. */
export function fieldName(path: FieldPath): string {
  let name = "";
  for (const part of path) {
    if (typeof part === "number") name += `[${part}]`;
    else name += name === "" ? shownName(part) : `.${shownName(part)}`;
  }
  return name;
}

/** The parts of a zod schema that are read here: how it wraps others, and its fields. */
interface SchemaDefinition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly format?: string;
}

function definition(schema: z.core.$ZodType): SchemaDefinition {
  let def = schema._zod.def as unknown as SchemaDefinition;
  // optional(), default(), prefault() and readonly() wrap the schema that defines the field
  while (def.innerType !== undefined) def = def.innerType._zod.def as unknown as SchemaDefinition;
  return def;
}

/** The definition of the field at `path`; undefined where the schema does not define it. */
function definitionAt(schema: z.core.$ZodType, path: FieldPath): SchemaDefinition | undefined {
  let def = definition(schema);
  for (const part of path) {
    const next =
      typeof part === "number" ? def.element : (ownField(def.shape, part) ?? def.valueType ?? undefined);
    if (next === undefined) return undefined;
    def = definition(next);
  }
  return def;
}

function ownField(
  shape: Readonly<Record<string, z.core.$ZodType>> | undefined,
  name: string,
): z.core.$ZodType | undefined {
  return shape !== undefined && Object.hasOwn(shape, name) ? shape[name] : undefined;
}

/** Names of the fields that the object at `path` may have; empty when it is not an object with fixed fields. */
export function knownFields(schema: z.core.$ZodType, path: FieldPath): readonly string[] {
  return Object.keys(definitionAt(schema, path)?.shape ?? {});
}

/** True when the field at `path` accepts only whole numbers. */
export function isIntegerField(schema: z.core.$ZodType, path: FieldPath): boolean {
  return definitionAt(schema, path)?.format === "safeint";
}

/** Paths of all fields called `name`, anywhere in the schema. */
export function pathsOfField(schema: z.core.$ZodType, name: string): readonly string[] {
  const found: string[] = [];
  const visit = (shape: SchemaDefinition["shape"], path: FieldPath): void => {
    for (const [key, child] of Object.entries(shape ?? {})) {
      if (key === name) found.push(fieldName([...path, key]));
      visit(definition(child).shape, [...path, key]);
    }
  };
  visit(definition(schema).shape, []);
  return found;
}
