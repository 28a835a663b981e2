import type { Buffer } from "node:buffer";
import type { Source } from "../ports/ledger-batches.ts";
import { isJsonSpace, JsonScanner } from "./json-scanner.ts";
import { mayHoldNonFinite, withoutNonFinite } from "./non-finite.ts";

const NEWLINE = 10;
const SPACE = 32;
/** Larger segments are read value by value: a single string may not hold them. */
const PLAIN_BYTES = 16 * 1024 * 1024;

/** Bytes that a line cannot start or end with unless a value continues across its end. */
const CONTINUES_A_VALUE = new Set(Array.from("]},:", (char) => char.charCodeAt(0)));
const LEAVES_A_VALUE_OPEN = new Set(Array.from("[{,:", (char) => char.charCodeAt(0)));

/** Positions of the values in a segment, as `[start, end)` pairs. */
export type ValueRanges = readonly number[];

/**
 * Splits the bytes of a batch's segments into the same values that the planner found and checked. Returns undefined
 * when they do not contain `count` values.
 *
 * No value is parsed again. Lines are values if no line end is inside a value and there are `count` lines: inside a
 * value, the token before or after a line end is always one of `[ ] { } , :`, which this function looks for.
 */
export function splitNdjson(segments: readonly Buffer[], count: number): readonly ValueRanges[] | undefined {
  if (count === 1 && segments.length === 1) {
    const value = trimmed(segments[0] as Buffer);
    return value[0] === value[1] ? undefined : [value];
  }
  return splitAll(segments, count, splitLines) ?? splitAll(segments, count, scanValues);
}

/**
 * The values of a segment in which each has a line to itself with nothing around it. This is the common case; handling
 * the segment in one piece takes half the time. Undefined for any other segment, or when unsure.
 */
export function plainLines(bytes: Buffer, count: number): readonly string[] | undefined {
  if (bytes.length > PLAIN_BYTES) return undefined;
  const text = bytes.toString("utf8");
  if (text.includes("\r") || mayHoldNonFinite(text)) return undefined;
  const lines = text.split("\n");
  if (lines.length !== count) return undefined;
  for (const line of lines) {
    const first = line.charCodeAt(0);
    const last = line.charCodeAt(line.length - 1);
    // Not a number: the line is empty.
    if (!(first > SPACE && last > SPACE)) return undefined;
    if (CONTINUES_A_VALUE.has(first) || LEAVES_A_VALUE_OPEN.has(last)) return undefined;
  }
  return lines;
}

/**
 * The text of the value at `[start, end)` as JSON on one line: spaces replace line breaks, which only occur between
 * tokens, and NaN and infinities are handled as {@link Source.nan} says.
 */
export function jsonItem(
  bytes: Buffer,
  { start, end, nan }: { readonly start: number; readonly end: number; readonly nan: Source["nan"] },
): string {
  const text = withoutNonFinite(bytes.toString("utf8", start, end), nan);
  return text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]/g, " ") : text;
}

function splitAll(
  segments: readonly Buffer[],
  count: number,
  split: (bytes: Buffer) => ValueRanges | undefined,
): readonly ValueRanges[] | undefined {
  let values = 0;
  const all: ValueRanges[] = [];
  for (const bytes of segments) {
    const ranges = split(bytes);
    if (!ranges) return undefined;
    values += ranges.length / 2;
    all.push(ranges);
  }
  return values === count ? all : undefined;
}

function trimmed(bytes: Buffer): ValueRanges {
  let start = 0;
  let end = bytes.length;
  while (start < end && isJsonSpace(bytes[start])) start += 1;
  while (end > start && isJsonSpace(bytes[end - 1])) end -= 1;
  return [start, end];
}

function splitLines(bytes: Buffer): ValueRanges | undefined {
  const ranges: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, at);
    const lineEnd = newline < 0 ? bytes.length : newline;
    let start = at;
    let end = lineEnd;
    while (start < end && isJsonSpace(bytes[start])) start += 1;
    while (end > start && isJsonSpace(bytes[end - 1])) end -= 1;
    if (start < end) {
      const broken =
        CONTINUES_A_VALUE.has(bytes[start] as number) || LEAVES_A_VALUE_OPEN.has(bytes[end - 1] as number);
      if (broken) return undefined;
      ranges.push(start, end);
    }
    at = lineEnd + 1;
  }
  return ranges;
}

function scanValues(bytes: Buffer): ValueRanges | undefined {
  const scanner = new JsonScanner();
  const ranges: number[] = [];
  let at = 0;
  try {
    for (;;) {
      while (at < bytes.length && isJsonSpace(bytes[at])) at += 1;
      if (at === bytes.length) return ranges;
      const end = scanner.scan(bytes, at);
      if (end < 0 && !scanner.finish(bytes.length)) return undefined;
      ranges.push(at, end < 0 ? bytes.length : end);
      at = end < 0 ? bytes.length : end;
    }
  } catch {
    return undefined;
  }
}
