import type { ApiSpec } from "../api.ts";
import { type ConfigMistake, configError, type Positioner } from "./config-error.ts";
import { findNonJson } from "./json-value.ts";
import { type Located, locatePlain, offsetOf } from "./located.ts";
import { type ReadApi, readApi } from "./read-api.ts";
import { fieldName } from "./schema-fields.ts";
import { readYaml, type YamlExpectation } from "./yaml-document.ts";

/** Something in a configuration that is harmless but that its author should know about. */
export interface ConfigWarning {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly field: string;
  /** The whole line to print: place, field and what was done. */
  readonly message: string;
}

export interface ParsedApiConfigs {
  /** In file order, at least one; defaults filled in. */
  readonly apis: readonly ApiSpec[];
  readonly warnings: readonly ConfigWarning[];
}

const EXPECTED: YamlExpectation = {
  contents: "a list of APIs, each with name and predictor",
  together: "put all APIs into one list",
};

/** A file with more APIs than this is most likely a generator's mistake. */
const MAX_APIS = 1_000;

/**
 * Reads an API configuration in Millrace's or Cortex's format: a YAML list of APIs, or one API.
 *
 * @param options.file name of the file as messages show it
 * @throws {MillraceError} invalid_config: all mistakes at once; `details.errors` is a list of
 * `{ file, line, column, api?, field?, message }`, and the message has one line for each
 */
export function parseApiConfigs(text: string, options: { readonly file: string }): ParsedApiConfigs {
  const { root, positionOf } = readYaml(text, { ...options, expected: EXPECTED });
  return readApis(root, { file: options.file, positionOf });
}

/**
 * Reads one API from plain JSON, such as the output of `apiSpecView`.
 *
 * @throws {MillraceError} invalid_config, as `parseApiConfigs`, with line and column 1
 */
export function parseApiSpecView(value: unknown): ApiSpec {
  const context: Context = { file: "api_spec", positionOf: () => ({ line: 1, column: 1 }) };
  const nonJson = findNonJson(value, []);
  if (nonJson !== undefined) {
    const field = fieldName(nonJson.path);
    throw configError([{ offset: 0, ...(field === "" ? {} : { field }), message: nonJson.message }], context);
  }
  const { apis } = readApis({ offset: undefined, items: [locatePlain(value)] }, context);
  return apis[0] as ApiSpec;
}

interface Context {
  readonly file: string;
  readonly positionOf: Positioner;
}

function readApis(root: Located, context: Context): ParsedApiConfigs {
  const entries = root.items ?? [root];
  if (entries.length === 0 || entries.length > MAX_APIS) {
    const message = `must list 1 to ${MAX_APIS} APIs (got ${entries.length})`;
    throw configError([{ offset: root.offset, message }], context);
  }
  const read = entries.map((entry) => readApi(entry));
  const mistakes = read.flatMap((api, index) => {
    const entry = entries[index] as Located;
    return api.errors.map((error) => mistakeOf(error, { entry, label: label(entries, index) }));
  });
  mistakes.push(...duplicates(read, entries));
  if (mistakes.length > 0) throw configError(mistakes, context);
  return {
    apis: read.flatMap(({ spec }) => (spec === undefined ? [] : [spec])),
    warnings: read.flatMap((api, index) => warnings(api, { ...context, label: label(entries, index) })),
  };
}

/** How messages refer to an API: by its name, by `#2` if it has none, or not at all if it is the only one. */
function label(entries: readonly Located[], index: number): string | undefined {
  if (entries.length === 1) return undefined;
  const name = entries[index]?.fields?.get("name")?.node.value;
  return typeof name === "string" && name.length > 0 && name.length <= 63 ? name : `#${index + 1}`;
}

function mistakeOf(
  error: ReadApi["errors"][number],
  context: { readonly entry: Located; readonly label: string | undefined },
): ConfigMistake {
  const field = fieldName(error.path);
  return {
    offset: offsetOf(context.entry, error.path, error.at ?? "value"),
    ...(context.label === undefined ? {} : { api: context.label }),
    ...(field === "" ? {} : { field }),
    message: error.message,
  };
}

/** Names and endpoints that two APIs of the file both use. */
function duplicates(read: readonly ReadApi[], entries: readonly Located[]): readonly ConfigMistake[] {
  const names = new Set<string>();
  const endpoints = new Map<string, string>();
  return read.flatMap(({ spec }, index) => {
    if (spec === undefined) return [];
    const { name, networking } = spec;
    const entry = entries[index] as Located;
    if (names.has(name)) {
      const message = `must be unique (got "${name}" twice)`;
      return [mistakeOf({ path: ["name"], message }, { entry, label: label(entries, index) })];
    }
    names.add(name);
    const owner = endpoints.get(networking.endpoint);
    endpoints.set(networking.endpoint, owner ?? name);
    if (owner === undefined) return [];
    const path = ["networking", "endpoint"];
    const message = `must be unique (got "${networking.endpoint}", which is also the endpoint of "${owner}")`;
    return [mistakeOf({ path, message }, { entry, label: label(entries, index) })];
  });
}

function warnings(
  api: ReadApi,
  context: Context & { readonly label: string | undefined },
): readonly ConfigWarning[] {
  const { file, positionOf } = context;
  return api.ignored.map(({ path, offset, message }) => {
    const { line, column } = positionOf(offset ?? 0);
    const field = fieldName(path);
    const parts = [`${file}:${line}:${column}`, context.label, field, message];
    return { file, line, column, field, message: parts.filter((part) => part !== undefined).join(": ") };
  });
}
