import type { ApiSpec } from "../api.ts";
import { ApiConfigSchema } from "./api-schema.ts";
import { adaptCortexFields, type IgnoredField } from "./cortex-fields.ts";
import { isReservedEndpoint } from "./endpoint.ts";
import { type FieldError, got } from "./field-error.ts";
import { findNonJson } from "./json-value.ts";
import { dropEmptyFields, exactValue, type Located, type LocatedField, plainValue } from "./located.ts";
import { fieldName } from "./schema-fields.ts";
import { toApiSpec } from "./to-api-spec.ts";
import { validate } from "./validate.ts";

/** The result of reading one entry of a configuration. */
export interface ReadApi {
  /** Absent when there are errors. */
  readonly spec?: ApiSpec;
  readonly errors: readonly FieldError[];
  readonly ignored: readonly IgnoredField[];
}

/** File extensions from which each type of predictor is loaded. */
const PREDICTOR_FILES = { python: /\.py$/, typescript: /\.[cm]?[jt]s$/ } as const;

/** Reads one API; `api` is modified in the process. */
export function readApi(api: Located): ReadApi {
  if (api.fields === undefined) {
    const message = `must be an object with name and predictor (got ${got(plainValue(api))})`;
    return { errors: [{ path: [], message }], ignored: [] };
  }
  writeNullAsText(api);
  dropEmptyFields(api, { below: 2 });
  const { ignored, errors: cortexErrors } = adaptCortexFields(api);
  const envErrors = writeEnvAsText(api);
  const document = plainValue(api);
  const errors = [...cortexErrors, ...envErrors, ...ownChecks(document)];
  const result = validate(ApiConfigSchema, document);
  // one error per field; the more specific check comes first
  const reported = new Set(errors.map((error) => fieldName(error.path)));
  if (!result.ok) errors.push(...result.errors.filter((error) => !reported.has(fieldName(error.path))));
  if (result.ok && errors.length === 0) {
    return { spec: withExactConfig(toApiSpec(result.value), api), errors, ignored };
  }
  return { errors, ignored };
}

/** The predictor's configuration with numbers exactly as written; the schema's own fields are plain numbers. */
function withExactConfig(spec: ApiSpec, api: Located): ApiSpec {
  const config = api.fields?.get("predictor")?.node.fields?.get("config")?.node;
  if (!config) return spec;
  return {
    ...spec,
    predictor: { ...spec.predictor, config: exactValue(config) as ApiSpec["predictor"]["config"] },
  };
}

/** `nan: null` is the rule "null", as it is spelled; a field without a value counts as absent. */
function writeNullAsText(api: Located): void {
  const output = api.fields?.get("output")?.node.fields;
  const field = output?.get("nan");
  if (!output || field?.node.value !== null || field.node.source === "") return;
  output.set("nan", { ...field, node: { ...field.node, value: "null" } });
}

/** Numbers and booleans in `env` become the text as written: `1.10` stays `1.10`. */
function writeEnvAsText(api: Located): readonly FieldError[] {
  const env = api.fields?.get("predictor")?.node.fields?.get("env")?.node.fields;
  const errors: FieldError[] = [];
  for (const [name, field] of env ?? new Map<string, LocatedField>()) {
    const { value, source, offset } = field.node;
    if (typeof value === "number" || typeof value === "boolean") {
      const node: Located = { offset, value: source ?? String(value) };
      env?.set(name, { ...field, node });
    } else if (value === null) {
      errors.push({
        path: ["predictor", "env", name],
        message: 'must be a string (got null), write "" for an empty one',
      });
    }
  }
  return errors;
}

/** Checks across fields, which the schema cannot express. `document` has not been validated yet. */
function ownChecks(document: unknown): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { name, predictor, networking } = document as Record<string, Record<string, unknown> | undefined>;
  const nonJson = findNonJson(predictor?.config ?? {}, ["predictor", "config"]);
  if (nonJson !== undefined) errors.push(nonJson);
  const type = predictor?.type;
  const path = predictor?.path;
  if (
    (type === "python" || type === "typescript") &&
    typeof path === "string" &&
    !PREDICTOR_FILES[type].test(path)
  ) {
    const expected = type === "python" ? "a .py file" : "a .ts, .mts, .js or .mjs file";
    errors.push({
      path: ["predictor", "path"],
      message: `must be ${expected}, because predictor.type is ${type} (got ${got(path)})`,
    });
  }
  if (typeof name === "string" && networking?.endpoint === undefined && isReservedEndpoint(name)) {
    const message = `would also be the endpoint, but "${name}" is reserved: set networking.endpoint or choose another name`;
    errors.push({ path: ["name"], message });
  }
  return errors;
}
