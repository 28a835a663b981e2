// Captured before the predictor is loaded, since it may replace them.
const { getPrototypeOf, prototype: OBJECT } = Object;
const { isArray, prototype: ARRAY } = Array;
/** Deeper values are left to `writeJson`, which reports where they are too deep. */
const MAX_DEPTH = 100;

/**
 * True for values that `JSON.stringify` writes without loss: strings, finite numbers, booleans, null, arrays and plain
 * objects of these. Costs a fraction of serializing them.
 */
export function isPlain(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      // NaN for NaN and infinities.
      return value - value === 0;
    case "object":
      if (value === null) return true;
      if (depth > MAX_DEPTH) return false;
      return isArray(value)
        ? isPlainArray(value, depth + 1)
        : isPlainObject(value as Readonly<Record<string, unknown>>, depth + 1);
    default:
      return false;
  }
}

function isPlainArray(array: readonly unknown[], depth: number): boolean {
  if (getPrototypeOf(array) !== ARRAY || (array as { toJSON?: unknown }).toJSON !== undefined) return false;
  for (let at = 0; at < array.length; at++) {
    const part = array[at];
    if (typeof part !== "string" && !isPlain(part, depth)) return false;
  }
  return true;
}

function isPlainObject(object: Readonly<Record<string, unknown>>, depth: number): boolean {
  const prototype = getPrototypeOf(object);
  if ((prototype !== OBJECT && prototype !== null) || object.toJSON !== undefined) return false;
  // Includes anything the predictor may have put on the prototype: at worst the value takes the slower path.
  for (const key in object) {
    const part = object[key];
    if (typeof part !== "string" && part !== undefined && !isPlain(part, depth)) return false;
  }
  return true;
}
