import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseExactJson } from "@millrace/exact-json";

/** Parser for an option of commander: a whole number, at least `min`. */
export function integerFrom(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const bound = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`Expected a whole number ${bound}.`);
  };
}

/** Whole numbers from 0, separated by commas or given several times. */
export function collectIntegers(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, ...text.split(",").map((part) => integerFrom(0)(part.trim()))];
}

const AGE_UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time, or an age (`90s`, `10m`, `2h`, `1d`), converted to RFC 3339 in UTC. */
export function timeOrAge(text: string): string {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms =
    count === undefined
      ? Date.parse(/^\d{4}-\d\d-\d\d/.test(text) ? text : "")
      : Date.now() - Number(count) * AGE_UNIT_MS[unit as keyof typeof AGE_UNIT_MS];
  if (Number.isNaN(new Date(ms).getTime())) {
    throw new InvalidArgumentError("Expected a time such as 10m, 2h or 2026-01-31T12:00:00Z.");
  }
  return new Date(ms).toISOString();
}

/** Collects repeated `k=v` into an object of strings. */
export function collectPair(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { key, value } = splitPair(text);
  return { ...before, [key]: value };
}

/** Merges repeated values, each a JSON object or `k=v` with a JSON value or, failing that, a string. */
export function collectConfig(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  if (!text.trimStart().startsWith("{")) {
    const { key, value } = splitPair(text);
    return { ...before, [key]: jsonOrText(value) };
  }
  try {
    return { ...before, ...(parseExactJson(text) as Record<string, unknown>) };
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
    return parseExactJson(text);
  } catch {
    return text;
  }
}
