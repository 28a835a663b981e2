import { JsonScanner, MillraceError, NotJsonError } from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";

/**
 * Parses a JSON body. Numbers keep all their digits, so that a 20-digit id reaches a Python predictor unrounded.
 *
 * @throws {MillraceError} invalid_request with position, line and column
 */
export function parseJson(body: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw new MillraceError(
      "invalid_request",
      "Cannot parse the body: invalid UTF-8, expected JSON in UTF-8",
      {
        cause,
      },
    );
  }
  if (text.trim() === "") {
    throw new MillraceError("invalid_request", "Cannot parse the body: it is empty, expected a JSON object");
  }
  try {
    return parseExactJson(text);
  } catch (cause) {
    throw syntaxError(text, cause as Error);
  }
}

function syntaxError(text: string, cause: Error): MillraceError {
  // The reviver is recursive, so the stack may overflow on deep documents.
  if (cause instanceof RangeError) {
    const message = "Cannot parse the body as JSON: it is nested too deeply";
    return new MillraceError("invalid_request", message, { cause });
  }
  const position = errorPosition(text);
  const before = text.slice(0, position).split("\n");
  const line = before.length;
  const column = (before.at(-1) ?? "").length + 1;
  const found = position < text.length ? JSON.stringify(text.slice(position, position + 20)) : "its end";
  return new MillraceError(
    "invalid_request",
    `Cannot parse the body as JSON: unexpected ${found} at position ${position} (line ${line}, column ${column})`,
    { cause, details: { position, line, column } },
  );
}

/** The index of the first invalid character, or the text's length. Only some of V8's messages contain it. */
function errorPosition(text: string): number {
  const bytes = Buffer.from(text);
  const scanner = new JsonScanner({ isStrict: true });
  try {
    const end = scanner.scan(bytes, 0);
    if (end < 0) scanner.finish(bytes.length);
    else return text.length - bytes.toString("utf8", end).replace(/^[ \t\r\n]+/, "").length;
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    return bytes.toString("utf8", 0, error.position).length;
  }
  return text.length;
}
