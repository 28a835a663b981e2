import type { OutputMode } from "../protocol.ts";
import { isPlain } from "./plain-json.ts";
import { InvalidOutputError, writeJson } from "./write-json.ts";

// Captured before the predictor is loaded, since it may replace it.
const { stringify } = JSON;

/** The result of `predict` as lines of JSON text, and how they map to the items. */
export interface EncodedOutput {
  readonly mode: OutputMode;
  /** One JSON text per line. */
  readonly lines: string;
  /** A line for the log if the output is probably a mistake. */
  readonly warning?: string;
}

/**
 * Applies the rule for outputs: an array as long as the payload = per item, `undefined` = none, anything else = batch.
 * @throws {InvalidOutputError}, or UNSETTLED where arrays contain promises
 */
export function encodeOutputValue(value: unknown, itemCount: number): EncodedOutput {
  if (value === undefined) return { mode: "none", lines: "" };
  if (!isArray(value)) return { mode: "batch", lines: toJson(value) };
  if (value.length === itemCount) {
    const lines: string[] = [];
    for (let position = 0; position < value.length; position++) lines.push(toJson(value[position], position));
    return { mode: "items", lines: lines.join("\n") };
  }
  const warning =
    `predict returned an array of ${value.length} for ${itemCount} items: ` +
    "it is taken as the output of the whole batch and given to each item";
  return { mode: "batch", lines: toJson(value), warning };
}

function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    throw new InvalidOutputError("output is a proxy that was revoked, expected a JSON value");
  }
}

/** `position` is the position of an item in the output. */
function toJson(value: unknown, position?: number): string {
  try {
    if (isPlain(value)) return stringify(value);
  } catch {
    // The slower path below fails too and reports the position.
  }
  return writeJson(value, position === undefined ? "output" : `output[${position}]`);
}
