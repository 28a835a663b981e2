import type { z } from "zod";
import type { MillraceError } from "../errors.ts";
import { configError } from "./config-error.ts";
import { type FieldError, got } from "./field-error.ts";
import { dropEmptyFields, offsetOf, plainValue } from "./located.ts";
import { fieldName } from "./schema-fields.ts";
import { validate } from "./validate.ts";
import { readYaml, type YamlExpectation } from "./yaml-document.ts";

export interface YamlConfigOptions<Schema extends z.ZodType> {
  /** Name of the file as messages show it. */
  readonly file: string;
  readonly schema: Schema;
  readonly expected: YamlExpectation;
}

export interface YamlConfig<Value> {
  readonly value: Value;
  /** Builds one error, with positions in the file, from mistakes in the value that the schema does not cover. */
  refuse(errors: readonly FieldError[]): MillraceError;
}

/**
 * Reads a configuration that is one YAML object, with defaults filled in.
 *
 * @throws {MillraceError} invalid_config: all mistakes at once, each with line, column and field
 */
export function readYamlConfig<Schema extends z.ZodType>(
  text: string,
  options: YamlConfigOptions<Schema>,
): YamlConfig<z.output<Schema>> {
  const { file, schema } = options;
  const { root, positionOf } = readYaml(text, options);
  const refuse = (errors: readonly FieldError[]) => {
    const mistakes = errors.map(({ path, at, message }) => {
      const field = fieldName(path);
      return { offset: offsetOf(root, path, at ?? "value"), ...(field !== "" && { field }), message };
    });
    return configError(mistakes, { file, positionOf });
  };
  dropEmptyFields(root, { below: 2 });
  const document = plainValue(root);
  if (root.fields === undefined) {
    throw refuse([{ path: [], message: `must be ${options.expected.contents} (got ${got(document)})` }]);
  }
  const result = validate(schema, document);
  if (!result.ok) throw refuse(result.errors);
  return { value: result.value, refuse };
}
