import type { z } from "zod";
import { type FieldError, fieldErrors } from "./field-error.ts";
import { nearestName } from "./nearest-name.ts";
import { fieldName, knownFields } from "./schema-fields.ts";

/** The checked value, or all its mistakes in schema order. */
export type Validation<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Checks `value` against a schema; errors use our wording, never zod's. */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Validation<z.output<Schema>> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const errors = result.error.issues.flatMap((issue) => fieldErrors(schema, issue, value));
  return { ok: false, errors: withoutEchoes(schema, errors) };
}

/** Drops "must be defined" where an unknown field is a misspelling of that very field: one mistake, one error. */
function withoutEchoes(schema: z.core.$ZodType, errors: readonly FieldError[]): readonly FieldError[] {
  const misspelt = new Set<string>();
  for (const { path, at } of errors) {
    const parent = path.slice(0, -1);
    const meant = at === "name" && nearestName(String(path.at(-1)), knownFields(schema, parent));
    if (meant) misspelt.add(fieldName([...parent, meant]));
  }
  return errors.filter(
    ({ path, message }) => message !== "must be defined" || !misspelt.has(fieldName(path)),
  );
}
