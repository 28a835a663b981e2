import type { OutputMode } from "../protocol.ts";
import { isMangled, notJson } from "./not-json.ts";

/** A predictor's output that JSON cannot hold; the message names the place. */
export class InvalidOutputError extends Error {
  override readonly name = "InvalidOutputError";

  constructor(reason: string) {
    super(`Cannot use the output of predict: ${reason}`);
  }
}

/** Lines of JSON text for what `predict` returned, and how they belong to the items. */
export interface EncodedOutput {
  readonly mode: OutputMode;
  /** One JSON text a line. */
  readonly lines: string;
  /** A line for the log, where the output is likely a mistake. */
  readonly warning?: string;
}

/**
 * Applies the rule for outputs: an array as long as the payload = per item, `undefined` = none, anything else = batch.
 * @throws {InvalidOutputError}
 */
export function encodeOutputValue(value: unknown, itemCount: number): EncodedOutput {
  if (value === undefined) return { mode: "none", lines: "" };
  if (!Array.isArray(value)) return { mode: "batch", lines: toJson(value, "output") };
  if (value.length === itemCount) {
    const lines: string[] = [];
    for (let position = 0; position < value.length; position++) {
      lines.push(toJson(value[position], `output[${position}]`));
    }
    return { mode: "items", lines: lines.join("\n") };
  }
  const warning =
    `predict returned an array of ${value.length} for ${itemCount} items: ` +
    "it is taken as the output of the whole batch and given to each item";
  return { mode: "batch", lines: toJson(value, "output"), warning };
}

function toJson(value: unknown, path: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new InvalidOutputError(notJson(value, path) ?? `${path}: ${(error as Error).message}`);
  }
  // NaN, Infinity and functions in arrays turn into null: only text with a null can hide one. Functions and symbols in
  // objects vanish without a trace, typed arrays and maps turn into objects: those are looked for one level deep, where
  // they happen; looking everywhere would cost more than stringify.
  if (text === undefined || text.includes("null") || isMangled(value) || holdsMangled(value)) {
    const reason = notJson(value, path);
    if (reason) throw new InvalidOutputError(reason);
  }
  return text ?? "null";
}

function holdsMangled(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  for (const key in value) {
    const element = (value as Record<string, unknown>)[key];
    if (typeof element === "function" || typeof element === "symbol" || isMangled(element)) return true;
  }
  return false;
}
