import { InvalidArgumentError } from "@commander-js/extra-typings";

/** A whole number from `min` on, for an option of commander. */
export function integerFrom(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const bound = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`Expected a whole number ${bound}.`);
  };
}

/** `k=v`, several times, as an object of texts. */
export function collectPair(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { key, value } = splitPair(text);
  return { ...before, [key]: value };
}

/** A JSON object, or `k=v` with a JSON value or else a text; several are merged. */
export function collectConfig(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  if (!text.trimStart().startsWith("{")) {
    const { key, value } = splitPair(text);
    return { ...before, [key]: jsonOrText(value) };
  }
  try {
    return { ...before, ...(JSON.parse(text) as Record<string, unknown>) };
  } catch (error) {
    throw new InvalidArgumentError(`Not JSON: ${(error as Error).message}.`);
  }
}

function splitPair(text: string): { readonly key: string; readonly value: string } {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("Expected key=value.");
  return { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
