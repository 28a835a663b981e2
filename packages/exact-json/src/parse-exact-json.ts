import { exactNumber } from "./raw-number.ts";

/** V8's reviver with access to the source text, which TypeScript's library does not declare yet. */
const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
  ): unknown;
};

/**
 * Finds texts that may contain a number which JavaScript writes differently: 16 digits or more, trailing zeros in the
 * decimal places, an exponent, a small number that JavaScript writes with an exponent, or minus zero. May have false
 * positives in strings, but never misses a number.
 */
const MAY_NEED_DIGITS =
  /(?:^|[[:,\s])-?(?:[\d.]{16}|\d+\.\d*0(?!\d)|\d[\d.]*[eE][+-]?\d|0\.000000)|-0(?![\d.])/;

/**
 * Parses JSON. Numbers that JavaScript writes differently are kept as written ({@link RawNumber}), so that
 * `JSON.stringify` returns all their digits.
 *
 * @throws {SyntaxError}
 * @throws {RangeError} when it is nested too deep
 */
export function parseExactJson(text: string): unknown {
  // The reviver makes parsing about five times slower.
  return MAY_NEED_DIGITS.test(text) ? json.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" && context?.source !== undefined ? exactNumber(context.source) : value;
}
