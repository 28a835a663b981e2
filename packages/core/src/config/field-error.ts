import { isRawNumber } from "@millrace/exact-json";
import type { z } from "zod";
import { nearestName } from "./nearest-name.ts";
import { type FieldPath, isIntegerField, knownFields, pathsOfField } from "./schema-fields.ts";

/** One mistake in a document written by a user. */
export interface FieldError {
  readonly path: FieldPath;
  /** What was expected and what was found, without the field's name. */
  readonly message: string;
  /** Whether the error points to the field's name or to its value. @default "value" */
  readonly at?: "name" | "value";
}

const MAX_SHOWN_CHARACTERS = 60;
/** Unknown fields reported for one object; finding the nearest names for a million would take half a minute. */
const MAX_UNKNOWN_FIELDS = 50;

/** A value as error messages show it: short, and never the contents of an object or list. */
export function got(value: unknown): string {
  if (typeof value === "string") {
    const cut = value.length > MAX_SHOWN_CHARACTERS;
    return JSON.stringify(cut ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}…` : value);
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (isRawNumber(value)) return value.rawJSON;
  if (typeof value === "object") return "an object";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

/** A value as error messages may show it: for a secret, only its type. */
function shown(path: FieldPath, value: unknown): string {
  const isHidden = path.at(-1) === "secret" && (typeof value === "number" || typeof value === "boolean");
  return isHidden ? `a ${typeof value}` : got(value);
}

/** Converts zod's issues to {@link FieldError}s; an object with several unknown fields yields one error for each. */
export function fieldErrors(
  schema: z.core.$ZodType,
  issue: z.core.$ZodIssue,
  document: unknown,
): readonly FieldError[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, MAX_UNKNOWN_FIELDS).map((key) => ({
      path: [...path, key],
      message: unknownField(schema, [...path, key]),
      at: "name" as const,
    }));
  }
  const value = valueAt(document, path);
  if (issue.code === "invalid_key") {
    return [
      { path, message: issue.issues[0]?.message ?? `is not a valid name (got ${got(value)})`, at: "name" },
    ];
  }
  return [{ path, message: issueMessage(schema, { issue, path, value }) }];
}

function issueMessage(
  schema: z.core.$ZodType,
  context: { readonly issue: z.core.$ZodIssue; readonly path: FieldPath; readonly value: unknown },
): string {
  const { issue, path, value } = context;
  const missing = value === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value");
  if (missing) return "must be defined";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeName(isIntegerField(schema, path) ? "int" : issue.expected)} (got ${shown(path, value)})`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")} (got ${got(value)})`;
    case "too_small":
      return tooSmall(issue, value);
    case "too_big":
      return tooBig(issue, value);
    default:
      // our own refinements and unions write their own messages
      return issue.message;
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, value: unknown): string {
  if (issue.origin === "string" || issue.origin === "array") {
    return issue.origin === "string"
      ? `must not be empty (got ${got(value)})`
      : "must have at least 1 entry (got an empty list)";
  }
  return `must be greater than ${issue.inclusive ? "or equal to " : ""}${issue.minimum} (got ${got(value)})`;
}

function tooBig(issue: z.core.$ZodIssueTooBig, value: unknown): string {
  if (typeof value === "string") {
    return `must be at most ${issue.maximum} characters long (got ${value.length} characters)`;
  }
  if (Array.isArray(value)) return `must have at most ${issue.maximum} entries (got ${value.length})`;
  return `must be less than or equal to ${issue.maximum} (got ${got(value)})`;
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    int: "an integer",
    number: "a number",
    string: "a string",
    boolean: "true or false",
    array: "a list",
    object: "an object",
    record: "an object",
  };
  return names[expected] ?? `a ${expected}`;
}

function unknownField(schema: z.core.$ZodType, path: FieldPath): string {
  const name = String(path.at(-1));
  const known = knownFields(schema, path.slice(0, -1));
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `unknown field, did you mean "${nearest}"`;
  const elsewhere = pathsOfField(schema, name);
  if (elsewhere.length > 0) {
    return `unknown field here, did you mean ${elsewhere.map((field) => `"${field}"`).join(" or ")}`;
  }
  return `unknown field, expected one of: ${known.join(", ")}`;
}

function valueAt(document: unknown, path: FieldPath): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
