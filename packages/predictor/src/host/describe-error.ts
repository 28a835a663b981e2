import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { HostError } from "../protocol.ts";

const HOST_DIR = dirname(fileURLToPath(import.meta.url));
const MAX_TRACEBACK_CHARS = 64 * 1024;
const MAX_MESSAGE_CHARS = 16 * 1024;

/** What the worker is told about something that was thrown; frames of the host are left out of the traceback. */
export function describeError(thrown: unknown, defaultCode: string): HostError {
  const code = isOutOfMemory(thrown) ? "predictor_out_of_memory" : defaultCode;
  if (!(thrown instanceof Error)) {
    return { code, type: typeof thrown, message: clip(inspect(thrown), MAX_MESSAGE_CHARS) };
  }
  const type = thrown.constructor?.name || thrown.name;
  return {
    code,
    type,
    message: clip(thrown.message || type, MAX_MESSAGE_CHARS),
    traceback: clip(traceback(thrown), MAX_TRACEBACK_CHARS),
  };
}

/** What V8 throws when memory outside its heap cannot be had; a full heap ends the process. */
function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message === "Array buffer allocation failed";
}

function traceback(error: Error): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  for (
    let current: unknown = error;
    current instanceof Error && !seen.has(current);
    current = current.cause
  ) {
    seen.add(current);
    parts.push(trimmed(current.stack ?? `${current.name}: ${current.message}`));
  }
  return parts.join("\nCaused by: ");
}

function trimmed(stack: string): string {
  const isOurs = (line: string) =>
    /^\s+at /.test(line) &&
    (line.includes(HOST_DIR) || line.includes("node:internal") || line.includes("ext:"));
  return stack
    .split("\n")
    .filter((line) => !isOurs(line))
    .join("\n");
}

/** Keeps both ends: the first says what, the last says where. */
function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const half = maxChars / 2;
  return `${text.slice(0, half)}\n… ${text.length - maxChars} characters left out …\n${text.slice(-half)}`;
}
