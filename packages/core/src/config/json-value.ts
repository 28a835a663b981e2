import { type FieldError, got } from "./field-error.ts";
import type { FieldPath } from "./schema-fields.ts";

/** Deeper documents break recursive readers; Python's own parser gives up near 1,000. */
export const MAX_DEPTH = 200;

/**
 * Finds the first thing in `value` that is not JSON: NaN, infinities, dates, functions, cycles,
 * more than {@link MAX_DEPTH} levels. `undefined` fields count as absent.
 */
export function findNonJson(value: unknown, path: FieldPath): FieldError | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : { path, message: `must be a finite number (got ${value})` };
  }
  if (typeof value !== "object" || !(Array.isArray(value) || isPlainObject(value))) {
    return { path, message: `must be a JSON value (got ${got(value)})` };
  }
  // The start of the path tells where: a deep path would be a longer message than anyone reads.
  if (path.length >= MAX_DEPTH) {
    return { path: path.slice(0, 4), message: `must not be nested deeper than ${MAX_DEPTH} levels` };
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findNonJson(value[index], [...path, index]);
      if (found) return found;
    }
    return undefined;
  }
  for (const [key, field] of Object.entries(value)) {
    if (key === "__proto__") return { path: [...path, key], message: "is not allowed as a name", at: "name" };
    const found = field === undefined ? undefined : findNonJson(field, [...path, key]);
    if (found) return found;
  }
  return undefined;
}

/** True for objects as JSON and YAML make them. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
