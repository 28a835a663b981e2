import type { JsonSchema } from "./example-of.ts";

const DATASETS = ["item_list", "file_path_lister", "delimited_files"] as const;
/** Where null counts as absent: the submission itself, and the objects in it. */
const LENIENT = ["Submission", "FilePathLister", "DelimitedFiles", "CsvOptions", "Webhook"] as const;

interface ObjectSchema extends JsonSchema {
  readonly required?: readonly string[];
}

/**
 * Adds to the schemas of requests what is otherwise only checked in code: that exactly one of some fields must be
 * present, and that null counts as absent.
 */
export function exactSchemas(schemas: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  const exact = LENIENT.map((name) => [name, lenient(schemas[name] as ObjectSchema)] as const);
  const { Submission: submission, ...others } = Object.fromEntries(exact);
  return {
    ...schemas,
    ...others,
    // An object, because null does not count.
    Submission: { ...submission, oneOf: DATASETS.map((name) => given(name, { type: "object" })) },
    SignInForm: { ...schemas.SignInForm, oneOf: [given("code"), given("token")] },
  };
}

function given(name: string, field?: JsonSchema): ObjectSchema {
  return { required: [name], ...(field && { properties: { [name]: field } }) };
}

function lenient(schema: ObjectSchema): ObjectSchema {
  const { required = [], properties = {} } = schema;
  const fields = Object.entries(properties).map(([name, field]) => {
    return [name, required.includes(name) ? field : orNull(field)] as const;
  });
  return { ...schema, properties: Object.fromEntries(fields) };
}

function orNull(field: JsonSchema): JsonSchema {
  const { $ref, ...rest } = field;
  if ($ref !== undefined) return { ...rest, anyOf: [{ $ref }, { type: "null" }] };
  if (field.enum !== undefined) return { ...field, enum: [...field.enum, null], ...nullableType(field) };
  return { ...field, ...nullableType(field) };
}

function nullableType({ type }: JsonSchema): Pick<JsonSchema, "type"> {
  return type === undefined ? {} : { type: [type].flat().concat("null") };
}
