/**
 * A number that JavaScript would write otherwise than it was written: more digits than a double has, `1.0`, `1e3`, `-0`.
 * `JSON.stringify` writes it as it came. Made by `JSON.rawJSON` (https://github.com/tc39/proposal-json-parse-with-source).
 */
export interface RawNumber {
  readonly rawJSON: string;
}

/** What TypeScript's library does not know yet, and browsers of before 2025 do not have. */
const json = JSON as unknown as {
  readonly rawJSON?: (text: string) => RawNumber;
  readonly isRawJSON?: (value: unknown) => boolean;
};

export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === "object" && (json.isRawJSON?.(value) ?? false);
}

/** The number that a JSON text writes: a plain one where JavaScript writes it the same way, else a {@link RawNumber}. */
export function exactNumber(text: string): number | RawNumber {
  const value = Number(text);
  return String(value) === text || json.rawJSON === undefined ? value : json.rawJSON(text);
}

/** The same value with plain numbers, rounded where they must be. */
export function plainNumbers(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(plainNumbers);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainNumbers(field)]));
}
