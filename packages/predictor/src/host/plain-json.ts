// Taken before the predictor is loaded: it may put something else in their place.
const { getPrototypeOf, prototype: OBJECT } = Object;
const { isArray, prototype: ARRAY } = Array;
/** Deeper values are left to `writeJson`, which says where they are too deep. */
const MAX_DEPTH = 100;

/**
 * True for values that `JSON.stringify` writes without loss: texts, finite numbers, booleans, null, arrays and plain objects
 * of these. Costs a fraction of writing them.
 */
export function isPlain(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      // NaN for NaN and the infinities.
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
  // What the predictor may have put on the prototype is looked at, too: at worst that takes the slower way.
  for (const key in object) {
    const part = object[key];
    if (typeof part !== "string" && part !== undefined && !isPlain(part, depth)) return false;
  }
  return true;
}
