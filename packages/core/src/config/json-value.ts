import { isRawNumber } from "@millrace/exact-json";
import { type FieldError, got } from "./field-error.ts";
import type { FieldPath } from "./schema-fields.ts";

/** Deeper documents break recursive readers; Python's own parser fails near 1,000 levels. */
export const MAX_DEPTH = 200;

/**
 * Finds the first thing in `value` that is not JSON: NaN, infinities, dates, functions, cycles, more than
 * {@link MAX_DEPTH} levels. `undefined` fields count as absent. `path` is the path of `value`. A field may be named
 * `__proto__` only below `free`, in data that is passed on unchanged.
 */
export function findNonJson(
  value: unknown,
  path: FieldPath,
  { free }: { readonly free?: FieldPath } = {},
): FieldError | undefined {
  return search(value, { path: [...path], free });
}

interface Place {
  /** One array for the whole search: building a path for each of 10^6 items would take longer than the search. */
  readonly path: (string | number)[];
  readonly free: FieldPath | undefined;
}

function search(value: unknown, place: Place): FieldError | undefined {
  const { path } = place;
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return undefined;
    return { path: [...path], message: `must be a finite number (got ${value})` };
  }
  if (isRawNumber(value)) {
    if (Number.isFinite(Number(value.rawJSON))) return undefined;
    return { path: [...path], message: `must be a finite number (got ${value.rawJSON})` };
  }
  const isList = Array.isArray(value);
  if (!isList && !isPlainObject(value)) {
    return { path: [...path], message: `must be a JSON value (got ${got(value)})` };
  }
  // The start of the path is enough to find it; a deep path would make the message too long to read.
  if (path.length >= MAX_DEPTH) {
    return { path: path.slice(0, 4), message: `must not be nested deeper than ${MAX_DEPTH} levels` };
  }
  return isList ? searchList(value, place) : searchObject(value, place);
}

function searchList(list: readonly unknown[], place: Place): FieldError | undefined {
  for (let index = 0; index < list.length; index++) {
    place.path.push(index);
    const found = search(list[index], place);
    if (found) return found;
    place.path.pop();
  }
  return undefined;
}

function searchObject(object: Readonly<Record<string, unknown>>, place: Place): FieldError | undefined {
  const { path } = place;
  for (const key of Object.keys(object)) {
    path.push(key);
    if (key === "__proto__" && !isFree(place)) {
      return { path: [...path], message: "is not allowed as a name", at: "name" };
    }
    const found = object[key] === undefined ? undefined : search(object[key], place);
    if (found) return found;
    path.pop();
  }
  return undefined;
}

function isFree({ path, free }: Place): boolean {
  return free !== undefined && path.length > free.length + 1 && free.every((name, at) => path[at] === name);
}

/** True for plain objects, as JSON and YAML parsers create them. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isRawNumber(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
