/**
 * Finds the first part of a value that JSON cannot hold and says where it is, such as `output[3].score is NaN`;
 * undefined when there is none. What has a `toJSON` is judged by what that returns; `undefined` counts as null.
 */
export function notJson(value: unknown, path: string, ancestors: readonly object[] = []): string | undefined {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? undefined : `${path} is ${value}, expected a finite number or null`;
    case "bigint":
      return `${path} is a bigint (${value}n), expected a number or a string: use Number(…) or String(…)`;
    case "function":
    case "symbol":
      return `${path} is a ${typeof value}, expected a JSON value`;
    case "object":
      return value === null ? undefined : objectNotJson(value, path, ancestors);
    default:
      return undefined;
  }
}

function objectNotJson(value: object, path: string, ancestors: readonly object[]): string | undefined {
  if (ancestors.includes(value)) return `${path} is circular: it contains itself`;
  const within = [...ancestors, value];
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return notJson(toJSON.call(value, ""), path, within);
  if (isMangled(value)) {
    return `${path} is a ${value.constructor.name}, expected a JSON value: use Array.from(…) or Object.fromEntries(…)`;
  }
  if (Array.isArray(value)) {
    for (const [position, element] of value.entries()) {
      const reason = notJson(element, `${path}[${position}]`, within);
      if (reason) return reason;
    }
    return undefined;
  }
  for (const [key, element] of Object.entries(value)) {
    const name = /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    const reason = notJson(element, `${path}${name}`, within);
    if (reason) return reason;
  }
  return undefined;
}

/** True for what `JSON.stringify` takes without complaint and turns into something else: typed arrays, maps, sets. */
export function isMangled(value: unknown): boolean {
  if (
    typeof value !== "object" ||
    value === null ||
    typeof (value as { toJSON?: unknown }).toJSON === "function"
  ) {
    return false;
  }
  return ArrayBuffer.isView(value) || value instanceof Map || value instanceof Set;
}
