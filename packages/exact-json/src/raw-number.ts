/**
 * A number that JavaScript would not write back the way it was written: more digits than a double has, `1.0`, `1e3`,
 * `-0`. `JSON.stringify` writes it unchanged. Created by `JSON.rawJSON`
 * (https://github.com/tc39/proposal-json-parse-with-source).
 */
export interface RawNumber {
  readonly rawJSON: string;
}

/** Not declared in TypeScript's library yet, and missing in browsers from before 2025. */
const json = JSON as unknown as {
  readonly rawJSON?: (text: string) => RawNumber;
  readonly isRawJSON?: (value: unknown) => boolean;
};

export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === "object" && (json.isRawJSON?.(value) ?? false);
}

/** The number in a JSON text: a plain number if JavaScript writes it the same way, otherwise a {@link RawNumber}. */
export function exactNumber(text: string): number | RawNumber {
  const value = Number(text);
  return String(value) === text || json.rawJSON === undefined ? value : json.rawJSON(text);
}

/** The same value with plain numbers, rounded where necessary. */
export function plainNumbers(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(plainNumbers);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainNumbers(field)]));
}
