import { encodeVectors, type LoadSpec, type OutputMode } from "../protocol.ts";
import { isPlain } from "./plain-json.ts";
import { findRows } from "./rows.ts";
import { findVectors } from "./vectors.ts";
import { type NanRule, writeJson } from "./write-json.ts";

// Captured before the predictor is loaded, since it may replace it.
const { stringify } = JSON;

/** The result of `predict` as lines of JSON text, and how they map to the items. */
export interface EncodedOutput {
  readonly mode: OutputMode;
  /** One JSON text per line; the vectors' bytes in mode `vectors`. */
  readonly lines: string | Buffer;
  /** A line for the log if the output is probably a mistake. */
  readonly warning?: string;
}

/** An output whose lines are text. */
export type EncodedText = EncodedOutput & { readonly lines: string };

/**
 * Applies the rule for outputs: an array, a typed array, a tensor or columns as long as the payload = per item,
 * `undefined` = none, anything else = batch.
 * @throws {InvalidOutputError}, or UNSETTLED where arrays contain promises
 */
export function encodeOutputValue(
  value: unknown,
  itemCount: number,
  rules?: LoadSpec["output"],
): EncodedOutput {
  if (value === undefined) return { mode: "none", lines: "" };
  const vectors = findVectors(value, itemCount);
  if (vectors) return { mode: "vectors", lines: encodeVectors(vectors) };
  return encodeAsText(value, itemCount, rules);
}

/** Like {@link encodeOutputValue}, never as vectors. */
export function encodeAsText(
  value: unknown,
  itemCount: number,
  { nan }: NonNullable<LoadSpec["output"]> = {},
): EncodedText {
  if (value === undefined) return { mode: "none", lines: "" };
  const { rows, warning } = rowsOf(value, itemCount);
  if (rows) {
    const lines: string[] = [];
    for (let position = 0; position < rows.length; position++)
      lines.push(toJson(rows[position], { nan, position }));
    return { mode: "items", lines: lines.join("\n") };
  }
  return { mode: "batch", lines: toJson(value, { nan }), ...(warning !== undefined && { warning }) };
}

function rowsOf(value: unknown, itemCount: number): ReturnType<typeof findRows> {
  try {
    return findRows(value, itemCount);
  } catch {
    return {}; // The error is reported when the value is written, with its place.
  }
}

/** `position` is the position of an item in the output. */
function toJson(
  value: unknown,
  { nan, position }: { readonly nan: NanRule | undefined; readonly position?: number },
): string {
  try {
    if (isPlain(value)) return stringify(value);
  } catch {
    // The slower path below fails too and reports the position.
  }
  return writeJson(value, { path: position === undefined ? "output" : `output[${position}]`, nan });
}
