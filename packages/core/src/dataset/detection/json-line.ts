import { Buffer } from "node:buffer";
import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import { isJsonSpace, JsonScanner, NotJsonError } from "../json-scanner.ts";

const NEWLINE = 10;

/**
 * Whether a text file is NDJSON by its first line that is not empty: it consists of JSON values, which may span lines.
 *
 * One line is enough. What is not JSON later in the file is then an error with its line, so a malformed line in a file of
 * JSON, or its end if it was cut off, never makes all of it text.
 */
export function startsWithJsonLine(head: Uint8Array, { isWhole }: { readonly isWhole: boolean }): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const scanner = new JsonScanner();
  let at = byteOrderMarkBytes(bytes);
  let values = 0;
  try {
    for (;;) {
      for (; at < bytes.length && isJsonSpace(bytes[at]); at += 1)
        if (values > 0 && bytes[at] === NEWLINE) return true;
      if (at === bytes.length) return values > 0;
      at = scanner.scan(bytes, at);
      if (at < 0) {
        if (isWhole) scanner.finish(bytes.length);
        return true;
      }
      values += 1;
    }
  } catch (error) {
    if (error instanceof NotJsonError) return false;
    throw error;
  }
}
