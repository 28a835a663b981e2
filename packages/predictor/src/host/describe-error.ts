import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, types } from "node:util";
import { ITEM_ERROR, type ItemError, RETRY_LATER, type RetryLater } from "../item-error.ts";
import type { HostError } from "../protocol.ts";
import { saysOutOfGpuMemory } from "./gpu-memory.ts";

const HOST_DIR = dirname(fileURLToPath(import.meta.url));
const MAX_TRACEBACK_CHARS = 64 * 1024;
/** Instead of an infinite time, which JSON cannot hold; the worker waits less anyway. */
const MAX_SECONDS = 1e9;
const MAX_MESSAGE_CHARS = 16 * 1024;
/** Number of errors in one traceback: causes, and the errors in an AggregateError. */
const MAX_ERRORS = 20;

/**
 * Describes a thrown value for the worker; frames of the host are removed from the traceback. Never throws, whatever
 * was thrown: getters, proxies and `Error.prepareStackTrace` may do anything.
 */
export function describeError(thrown: unknown, defaultCode: string): HostError {
  const type = typeOf(thrown);
  const code = isOutOfMemory(thrown) ? "predictor_out_of_memory" : defaultCode;
  const message = clip(messageOf(thrown), MAX_MESSAGE_CHARS);
  if (!isError(thrown)) return { code, type, message };
  const told = { code, type, message, traceback: clip(traceback(thrown), MAX_TRACEBACK_CHARS) };
  const verdict = attempt(() => verdictOf(thrown as object)) ?? {};
  const isUndecided = code === "predictor_error" && Object.keys(verdict).length === 0;
  if (isUndecided && saysOutOfGpuMemory(`${message}\n${told.traceback}`))
    return { ...told, code: "predictor_out_of_gpu_memory" };
  return { ...told, ...verdict };
}

/** What the predictor decided about the item, in an error of `@millrace/predictor`. */
function verdictOf(thrown: object): Partial<HostError> {
  if (RETRY_LATER in thrown) return { retry_after: Math.min((thrown as RetryLater).seconds, MAX_SECONDS) };
  if (!(ITEM_ERROR in thrown)) return {};
  const { code, details, retryable } = thrown as ItemError;
  return { item_code: code, is_final: !retryable, ...(details !== undefined && { details }) };
}

/** The text of a thrown value, obtained one way or another. */
export function messageOf(thrown: unknown): string {
  const inspected = () => attempt(() => inspect(thrown)) ?? attempt(() => String(thrown)) ?? typeOf(thrown);
  if (!isError(thrown)) return inspected();
  const message = attempt(() => (thrown as Error).message);
  // An unreadable message may be in a stack that was created earlier.
  if (message === undefined) return firstLine(inspected());
  if (typeof message !== "string") return attempt(() => inspect(message)) ?? typeOf(thrown);
  return message === "" ? typeOf(thrown) : message;
}

/** The name of an object's class, if it can be determined. */
export function nameOf(value: object): string {
  const name = attempt(() => value.constructor.name);
  return typeof name === "string" && name !== "" ? name : "object";
}

function typeOf(thrown: unknown): string {
  if (thrown === null) return "null";
  if (!isError(thrown)) return typeof thrown;
  const name = nameOf(thrown as object);
  if (name !== "object") return name;
  const own = attempt(() => (thrown as Error).name);
  return typeof own === "string" && own !== "" ? own : "Error";
}

function isError(thrown: unknown): boolean {
  return attempt(() => types.isNativeError(thrown) || thrown instanceof Error) ?? false;
}

/** V8 throws this when it cannot allocate memory outside its heap; a full heap ends the process. */
function isOutOfMemory(thrown: unknown): boolean {
  const isRange = attempt(() => thrown instanceof RangeError) ?? false;
  return isRange && attempt(() => (thrown as Error).message) === "Array buffer allocation failed";
}

function traceback(error: unknown): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  const waiting = [{ error, before: "" }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    if (!isError(next.error) || seen.has(next.error)) continue;
    seen.add(next.error);
    if (seen.size > MAX_ERRORS) {
      parts.push("… further errors left out …");
      break;
    }
    parts.push(
      `${next.before}${trimmed(stackOf(next.error) ?? `${typeOf(next.error)}: ${messageOf(next.error)}`)}`,
    );
    const { cause, errors } = linksOf(next.error);
    waiting.unshift(
      { error: cause, before: "Caused by: " },
      ...errors.map((one) => ({ error: one, before: "Among them: " })),
    );
  }
  return parts.join("\n");
}

function linksOf(error: unknown): { readonly cause: unknown; readonly errors: readonly unknown[] } {
  const cause = attempt(() => (error as Error).cause);
  const errors = attempt(() => (error as AggregateError).errors);
  const isList = attempt(() => Array.isArray(errors)) ?? false;
  return { cause, errors: isList ? (attempt(() => [...(errors ?? [])].slice(0, MAX_ERRORS)) ?? []) : [] };
}

/**
 * The stack as the runtime formats it, unless it was read before: libraries that examine call sites change the format.
 */
function stackOf(error: unknown): string | undefined {
  const hook = attempt(() => Error.prepareStackTrace);
  attempt(() => Reflect.set(Error, "prepareStackTrace", undefined));
  const stack: unknown = attempt(() => (error as Error).stack);
  if (hook !== undefined) attempt(() => Reflect.set(Error, "prepareStackTrace", hook));
  if (typeof stack === "string") return stack === "" ? undefined : stack;
  const sites = attempt(() => (Array.isArray(stack) ? stack.map((site) => `    at ${site}`) : undefined));
  return (
    sites &&
    [`${typeOf(error)}: ${attempt(() => String((error as Error).message)) ?? ""}`, ...sites].join("\n")
  );
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function trimmed(stack: string): string {
  const isOurs = (line: string) =>
    /^\s+at /.test(line) &&
    (line.includes(HOST_DIR) || line.includes("node:internal") || line.includes("ext:"));
  return stack
    .slice(0, 4 * MAX_TRACEBACK_CHARS)
    .split("\n")
    .filter((line) => !isOurs(line))
    .join("\n");
}

/** The result of `work`, or undefined when it throws. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Keeps both ends: the start says what happened, the end says where. */
function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const half = maxChars / 2;
  return `${text.slice(0, half)}\n… ${text.length - maxChars} characters left out …\n${text.slice(-half)}`;
}
