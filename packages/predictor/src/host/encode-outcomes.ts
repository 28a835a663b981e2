import { types } from "node:util";
import type { LoadSpec } from "../protocol.ts";
import { describeError } from "./describe-error.ts";
import { type EncodedOutput, type EncodedText, encodeAsText, encodeOutputValue } from "./encode-output.ts";
import { InvalidOutputError, writeJson } from "./write-json.ts";

/**
 * Encodes an output. In an array as long as the payload, errors are the failures of their items alone, and entries of
 * `Promise.allSettled` count as what they settled to.
 * @throws {InvalidOutputError}, or UNSETTLED where arrays contain promises
 */
export function encodeAnswer(value: unknown, itemCount: number, rules?: LoadSpec["output"]): EncodedOutput {
  return encodeWith(encodeOutputValue, value, { itemCount, rules });
}

/** Like {@link encodeAnswer}, never as vectors. */
export function encodeAnswerAsText(
  value: unknown,
  itemCount: number,
  rules?: LoadSpec["output"],
): EncodedText {
  return encodeWith(encodeAsText, value, { itemCount, rules });
}

function encodeWith<Encoded extends EncodedOutput>(
  encode: (value: unknown, itemCount: number, rules?: LoadSpec["output"]) => Encoded,
  value: unknown,
  { itemCount, rules }: { readonly itemCount: number; readonly rules: LoadSpec["output"] },
): Encoded | EncodedText {
  if (isSettled(value, itemCount)) {
    if (value.every(({ status }) => status === "fulfilled")) return encode(values(value), itemCount, rules);
    return outcomes(
      value.map((one) => (one.status === "fulfilled" ? one.value : new Failure(one.reason))),
      rules,
    );
  }
  try {
    return encode(value, itemCount, rules);
  } catch (error) {
    if (!InvalidOutputError.is(error) || !hasErrors(value, itemCount)) throw error;
    return outcomes(
      value.map((one) => (isError(one) ? new Failure(one) : one)),
      rules,
    );
  }
}

/** What an array holds for the next stage, and the errors in it. */
export interface Separated {
  readonly values: readonly unknown[];
  /** By position in the array. */
  readonly failures: ReadonlyMap<number, unknown>;
}

/** The values and the errors of an array as long as the items; undefined where there is no error. */
export function separateErrors(value: unknown, itemCount: number): Separated | undefined {
  if (!isSettled(value, itemCount) && !hasErrors(value, itemCount)) return undefined;
  const values: unknown[] = [];
  const failures = new Map<number, unknown>();
  for (const [position, one] of (value as readonly unknown[]).entries()) {
    const settled = isSettledEntry(one) ? (one as PromiseSettledResult<unknown>) : undefined;
    if (settled?.status === "rejected") failures.set(position, settled.reason);
    else if (!settled && isError(one)) failures.set(position, one);
    else values.push(settled ? (settled as PromiseFulfilledResult<unknown>).value : one);
  }
  return { values, failures };
}

/** One line of `outcomes` for each item, from an output in any mode. */
export function outcomeLines({ mode, lines }: EncodedText, itemCount: number): readonly string[] {
  if (mode === "outcomes") return lines.split("\n");
  if (mode === "items") return lines.split("\n").map((line) => `=${line}`);
  return new Array<string>(itemCount).fill(mode === "none" ? "=null" : `=${lines}`);
}

/** An item's failure, whatever was thrown. */
class Failure {
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}

function outcomes(elements: readonly unknown[], rules: LoadSpec["output"]): EncodedText {
  return { mode: "outcomes", lines: elements.map((element) => outcomeLine(element, rules)).join("\n") };
}

/** `=` and the output, or `!` and the error. */
function outcomeLine(element: unknown, rules: LoadSpec["output"]): string {
  try {
    if (!(element instanceof Failure)) return `=${encodeAsText([element], 1, rules).lines}`;
    return `!${writeJson(describeError(element.reason, "predictor_error"))}`;
  } catch (error) {
    if (!InvalidOutputError.is(error)) throw error;
    return `!${writeJson(describeError(error, "invalid_output"))}`;
  }
}

function values(settled: readonly PromiseSettledResult<unknown>[]): readonly unknown[] {
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value);
}

function isSettled(value: unknown, itemCount: number): value is readonly PromiseSettledResult<unknown>[] {
  return isListOf(value, itemCount) && value.length > 0 && value.every(isSettledEntry);
}

function isSettledEntry(value: unknown): boolean {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  const { status } = value as { status?: unknown };
  const keys = status === "fulfilled" ? "status,value" : status === "rejected" ? "status,reason" : undefined;
  return keys !== undefined && Object.keys(value).join() === keys;
}

function hasErrors(value: unknown, itemCount: number): value is readonly unknown[] {
  return isListOf(value, itemCount) && value.some(isError);
}

function isListOf(value: unknown, itemCount: number): value is readonly unknown[] {
  return !types.isProxy(value) && Array.isArray(value) && value.length === itemCount;
}

function isError(value: unknown): boolean {
  return types.isNativeError(value) || (!types.isProxy(value) && value instanceof Error);
}
