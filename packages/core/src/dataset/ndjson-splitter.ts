import { Buffer, constants } from "node:buffer";
import { joinBytes } from "./byte-chunks.ts";
import { ItemList, type SourcePosition } from "./item-block.ts";
import { isJsonSpace, JsonScanner, NotJsonError } from "./json-scanner.ts";
import { itemTooLarge, malformedInput } from "./malformed-input.ts";
import { notUtf8Reason } from "./text.ts";
import { Utf8Check } from "./utf8-check.ts";

const NEWLINE = 10;

const READ_AS_JSON =
  "; a file is read as JSON values unless its name ends in .csv or .parquet, or its bytes tell another format";

/** A line longer than this is scanned as it comes instead of being collected: memory stays flat. */
const COLLECTED_LINE_BYTES = 8 * 1024 * 1024;

export interface NdjsonSplitterOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  /** Where the pushed bytes begin: between two items. @default the file's start */
  readonly from?: SourcePosition | undefined;
  /** @default the longest string of the runtime */
  readonly maxItemBytes?: number;
}

/**
 * Finds the JSON values in bytes that come piece by piece, and checks them.
 *
 * The fast path takes a line that is exactly one value. Any other line goes to the {@link JsonScanner}, which takes
 * several values on a line and values over several lines; once a value has a line to itself, lines are tried fast
 * again. Both find the same values, since a line that is one value is so wherever it stands between values: splitting
 * may begin between any two of them and gives the same items.
 */
export class NdjsonSplitter {
  readonly #file: string;
  readonly #maxItemBytes: number;
  readonly #utf8 = new Utf8Check();
  readonly #scanner = new JsonScanner();
  /** Bytes of a line whose end has not come. */
  #carry: Buffer[] = [];
  #carryBytes = 0;
  /** Offset in the file of the region's first byte. */
  #offset: number;
  /** Line number at `#counted` of the region. */
  #line: number;
  #counted = 0;
  /** Position of the first line's end at or after `#counted`; -1: not looked for. */
  #newline = -1;
  /** True when the next byte belongs to a line that is being scanned. */
  #scanning = false;
  /** The last line that was not one value to `JSON.parse`. */
  #triedLine = 0;
  /** True when the rest of the region is to be scanned. */
  #scansOn = false;
  /** Values scanned on this line; one that came over several lines counts more. */
  #valuesOnLine = 0;
  /** Where the value that is being scanned begins, once it has. */
  #begun: { readonly start: number; readonly line: number } | undefined;

  constructor({ file, from, maxItemBytes = constants.MAX_STRING_LENGTH }: NdjsonSplitterOptions) {
    this.#file = file;
    this.#maxItemBytes = maxItemBytes;
    this.#offset = from?.offset ?? 0;
    this.#line = from?.line ?? 1;
  }

  /** Takes the next bytes and returns the items that they complete. @throws {MillraceError} malformed_input, item_too_large */
  push(chunk: Buffer): ItemList {
    const items = new ItemList();
    const invalidAt = this.#utf8.push(chunk);
    if (invalidAt !== undefined) this.#failUtf8(chunk, invalidAt, items);
    this.#carry.push(chunk);
    this.#carryBytes += chunk.length;
    const newline = chunk.lastIndexOf(NEWLINE);
    if (newline < 0 && this.#carryBytes < COLLECTED_LINE_BYTES) return items;
    const bytes = joinBytes(this.#carry);
    const regionBytes = newline < 0 ? bytes.length : bytes.length - (chunk.length - newline - 1);
    const rest = bytes.subarray(regionBytes);
    this.#split(bytes.subarray(0, regionBytes), newline >= 0, items);
    this.#carry = rest.length > 0 ? [rest] : [];
    this.#carryBytes = rest.length;
    return items;
  }

  /** Ends the file and returns the items that this completes. @throws {MillraceError} malformed_input */
  end(): ItemList {
    const items = new ItemList();
    const last = this.#carryBytes > 0 ? joinBytes(this.#carry) : Buffer.alloc(0);
    if (!this.#utf8.end()) this.#failUtf8(Buffer.alloc(0), 0, items);
    this.#split(last, true, items);
    if (this.#begun) this.#finishValue(last, items);
    return items;
  }

  /** Works through a region: whole lines, or a piece of a very long one, which can only be scanned. */
  #split(bytes: Buffer, wholeLines: boolean, items: ItemList): void {
    // One character a byte, so that positions agree. JSON's grammar treats everything above 0x7f alike, so that
    // `JSON.parse` judges this text like the UTF-8 one, and faster.
    let text: string | undefined;
    if (!wholeLines) this.#scanning = true;
    this.#scansOn = false;
    this.#counted = 0;
    this.#newline = -1;
    let at = 0;
    while (at < bytes.length) {
      if (this.#scanning) {
        at = this.#scanValue(bytes, at, items);
      } else {
        text ??= bytes.toString("latin1");
        at = this.#takeLines(text, at, items);
      }
    }
    this.#countLines(bytes, bytes.length);
    this.#offset += bytes.length;
  }

  /** Takes lines that are one value each; stops before a line that is not, and at the region's end. */
  #takeLines(text: string, from: number, items: ItemList): number {
    let at = from;
    while (at < text.length) {
      const newline = text.indexOf("\n", at);
      let end = newline < 0 ? text.length : newline;
      let start = at;
      while (start < end && isJsonSpace(text.charCodeAt(start))) start += 1;
      while (end > start && isJsonSpace(text.charCodeAt(end - 1))) end -= 1;
      if (start < end) {
        try {
          JSON.parse(text.slice(start, end));
        } catch {
          // Not one value: the scanner finds out what it is.
          this.#counted = at;
          this.#triedLine = this.#line;
          this.#scanning = true;
          return at;
        }
        if (end - start > this.#maxItemBytes) this.#failSize(this.#line);
        items.push(this.#offset + start, this.#offset + end, this.#line);
      }
      if (newline < 0) {
        at = text.length;
      } else {
        this.#line += 1;
        at = newline + 1;
      }
    }
    this.#counted = at;
    return at;
  }

  /** Scans one value, or to the end of the line between values. Returns where to go on. */
  #scanValue(bytes: Buffer, from: number, items: ItemList): number {
    let at = from;
    if (!this.#begun) {
      while (at < bytes.length && isJsonSpace(bytes[at])) {
        at += 1;
        if (bytes[at - 1] !== NEWLINE) continue;
        this.#countLines(bytes, at);
        // A failed try costs some 5 µs: pretty-printed values are scanned on until one has a line to itself. Where one did
        // and the try failed, it holds NaN, and the lines after it may, too.
        const isOneValue = this.#valuesOnLine === 1;
        if (isOneValue && this.#triedLine === this.#line - 1) this.#scansOn = true;
        if (isOneValue && !this.#scansOn) this.#scanning = false;
        this.#valuesOnLine = 0;
        return at;
      }
      if (at === bytes.length) return at;
      this.#countLines(bytes, at);
      this.#begun = { start: this.#offset + at, line: this.#line };
    }
    const { start, line } = this.#begun;
    const end = this.#scan(bytes, at);
    const stop = end < 0 ? bytes.length : end;
    if (this.#offset + stop - start > this.#maxItemBytes) this.#failSize(line);
    if (end >= 0) {
      this.#countLines(bytes, end);
      items.push(start, this.#offset + end, this.#line);
      this.#begun = undefined;
      this.#valuesOnLine += line === this.#line ? 1 : 2;
    }
    return stop;
  }

  #scan(bytes: Buffer, from: number): number {
    try {
      return this.#scanner.scan(bytes, from);
    } catch (error) {
      throw error instanceof NotJsonError ? this.#notJson(error, bytes) : error;
    }
  }

  /** The file is over while a value is open. */
  #finishValue(last: Buffer, items: ItemList): void {
    const { start, line } = this.#begun as { start: number; line: number };
    let ended: boolean;
    try {
      ended = this.#scanner.finish(0);
    } catch (error) {
      throw malformedInput((error as Error).message, { file: this.#file, line });
    }
    if (!ended) {
      throw malformedInput("the JSON value that begins here does not end before the file does", {
        file: this.#file,
        line,
        excerpt: valueExcerpt(last, start - (this.#offset - last.length)),
      });
    }
    items.push(start, this.#offset, this.#line);
    this.#begun = undefined;
  }

  /** Names the line where the value begins: of lines that should be one value each, it is the one to mend. */
  #notJson(error: NotJsonError, bytes: Buffer): Error {
    const at = error.position;
    this.#countLines(bytes, at);
    const begun = this.#begun as { start: number; line: number };
    const column = at - bytes.lastIndexOf(NEWLINE, at - 1);
    // Where not even the first byte is JSON's, the file's name is the likeliest mistake.
    const hint = begun.line === 1 && begun.start === this.#offset + at ? READ_AS_JSON : "";
    if (begun.line === this.#line || at === 0) {
      const lineStart = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
      return malformedInput(error.message + hint, {
        file: this.#file,
        line: begun.line,
        column: at === 0 ? undefined : column,
        excerpt: lineExcerpt(bytes, lineStart),
        cause: error,
      });
    }
    return malformedInput(
      `the JSON value that begins here breaks off at line ${this.#line}, column ${column}: ${error.message}`,
      {
        file: this.#file,
        line: begun.line,
        excerpt: valueExcerpt(bytes, begun.start - this.#offset),
        cause: error,
      },
    );
  }

  /** Reports a malformed line before the bytes that are not UTF-8, if there is one, else those. */
  #failUtf8(chunk: Buffer, invalidAt: number, items: ItemList): never {
    const bytes = joinBytes([...this.#carry, chunk]);
    const at = Math.max(0, this.#carryBytes + invalidAt);
    const lineStart = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
    this.#split(bytes.subarray(0, lineStart), true, items);
    throw malformedInput(notUtf8Reason(bytes, at), {
      file: this.#file,
      line: this.#line,
      column: at - lineStart + 1,
      excerpt: lineExcerpt(bytes, lineStart),
    });
  }

  #failSize(line: number): never {
    throw itemTooLarge({ file: this.#file, line }, this.#maxItemBytes);
  }

  /** Brings the line number up to position `to` of the region. */
  #countLines(bytes: Buffer, to: number): void {
    if (this.#newline < this.#counted) this.#newline = nextNewline(bytes, this.#counted);
    while (this.#newline < to) {
      this.#line += 1;
      this.#newline = nextNewline(bytes, this.#newline + 1);
    }
    this.#counted = Math.max(this.#counted, to);
  }
}

/** Position of the next line's end; past all bytes when there is none, so that it is not looked for again. */
function nextNewline(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(NEWLINE, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

function lineExcerpt(bytes: Buffer, from: number): Buffer {
  const end = bytes.indexOf(NEWLINE, from);
  return bytes.subarray(from, end < 0 ? bytes.length : end);
}

/** The line where a value begins, when it is at hand. */
function valueExcerpt(bytes: Buffer, from: number): Buffer | undefined {
  return from < 0 || from >= bytes.length ? undefined : lineExcerpt(bytes, from);
}
