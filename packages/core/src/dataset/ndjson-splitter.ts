import { Buffer, constants } from "node:buffer";
import { joinBytes } from "./byte-chunks.ts";
import { ItemList, type SourcePosition } from "./item-block.ts";
import { isJsonSpace, JsonScanner, NotJsonError } from "./json-scanner.ts";
import { itemTooLarge, malformedInput } from "./malformed-input.ts";
import { notUtf8Reason } from "./text.ts";
import { Utf8Check } from "./utf8-check.ts";

const NEWLINE = 10;

/** A name of a text file, perhaps compressed. */
const TEXT_NAME = /\.te?xt(?:\.\w+)?$/i;
const READ_AS_TEXT =
  '; it is read as JSON values since its first line is one, "format": "text" makes each line an item';
const READ_AS_JSON =
  '; a file is read as JSON values unless its name or its first bytes show another format, or "format" says one';

/** A longer line is scanned as it arrives instead of being collected, so that memory stays flat. */
const COLLECTED_LINE_BYTES = 8 * 1024 * 1024;

export interface NdjsonSplitterOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  /** Where the pushed bytes start: between two items. @default the file's start */
  readonly from?: SourcePosition | undefined;
  /** @default the longest string of the runtime */
  readonly maxItemBytes?: number;
}

/**
 * Finds and checks the JSON values in bytes that arrive in chunks.
 *
 * The fast path takes a line that is exactly one value. Any other line goes to the {@link JsonScanner}, which handles
 * several values on a line and values that span lines; once a value has a line to itself, the fast path is tried again.
 * Both find the same values, since a line that is one value is one wherever it stands between values: splitting may
 * start between any two values and gives the same items.
 */
export class NdjsonSplitter {
  readonly #file: string;
  readonly #maxItemBytes: number;
  readonly #utf8 = new Utf8Check();
  readonly #scanner = new JsonScanner();
  /** Bytes of a line whose end has not arrived yet. */
  #carry: Buffer[] = [];
  #carryBytes = 0;
  /** File offset of the region's first byte. */
  #offset: number;
  /** Line number at `#counted` of the region. */
  #line: number;
  #counted = 0;
  /** Position of the first line end at or after `#counted`; -1: not searched yet. */
  #newline = -1;
  /** True when the next byte belongs to a line being scanned. */
  #scanning = false;
  /** The last line that `JSON.parse` did not accept as one value. */
  #triedLine = 0;
  /** True when the rest of the region has to be scanned. */
  #scansOn = false;
  /** Values scanned on this line; a value that spans lines counts as more than one. */
  #valuesOnLine = 0;
  /** Start of the value being scanned, once it has started. */
  #begun: { readonly start: number; readonly line: number } | undefined;

  constructor({ file, from, maxItemBytes = constants.MAX_STRING_LENGTH }: NdjsonSplitterOptions) {
    this.#file = file;
    this.#maxItemBytes = maxItemBytes;
    this.#offset = from?.offset ?? 0;
    this.#line = from?.line ?? 1;
  }

  /**
   * Takes the next bytes and returns the items they complete. @throws {MillraceError} malformed_input, item_too_large
   */
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

  /** Ends the file and returns the items this completes. @throws {MillraceError} malformed_input */
  end(): ItemList {
    const items = new ItemList();
    const last = this.#carryBytes > 0 ? joinBytes(this.#carry) : Buffer.alloc(0);
    if (!this.#utf8.end()) this.#failUtf8(Buffer.alloc(0), 0, items);
    this.#split(last, true, items);
    if (this.#begun) this.#finishValue(last, items);
    return items;
  }

  /** Processes a region: whole lines, or a chunk of a very long line, which can only be scanned. */
  #split(bytes: Buffer, wholeLines: boolean, items: ItemList): void {
    // One character per byte, so that positions agree. JSON's grammar treats everything above 0x7f alike, so
    // `JSON.parse` accepts this text exactly when it accepts the UTF-8 text, and is faster.
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

  /** Takes lines that are one value each; stops at the first line that is not, or at the end of the region. */
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
          // Not one value: the scanner determines what it is.
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

  /** Scans one value, or to the end of the line between values. Returns where to continue. */
  #scanValue(bytes: Buffer, from: number, items: ItemList): number {
    let at = from;
    if (!this.#begun) {
      while (at < bytes.length && isJsonSpace(bytes[at])) {
        at += 1;
        if (bytes[at - 1] !== NEWLINE) continue;
        this.#countLines(bytes, at);
        // A failed parse costs about 5 µs, so pretty-printed values are scanned until one has a line to itself. If that
        // line failed to parse, it contains NaN, and the lines after it may too.
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

  /** The file ended while a value is open. */
  #finishValue(last: Buffer, items: ItemList): void {
    const { start, line } = this.#begun as { start: number; line: number };
    let ended: boolean;
    try {
      ended = this.#scanner.finish(0);
    } catch (error) {
      throw malformedInput((error as Error).message, { file: this.#file, line });
    }
    if (!ended) {
      throw malformedInput("the file ends before the JSON value that begins here does", {
        file: this.#file,
        line,
        excerpt: valueExcerpt(last, start - (this.#offset - last.length)),
      });
    }
    items.push(start, this.#offset, this.#line);
    this.#begun = undefined;
  }

  /** Names the line where the value starts: where each line should be one value, that is the line to fix. */
  #notJson(error: NotJsonError, bytes: Buffer): Error {
    const at = error.position;
    this.#countLines(bytes, at);
    const begun = this.#begun as { start: number; line: number };
    const column = at - bytes.lastIndexOf(NEWLINE, at - 1);
    // If even the first byte is not JSON, the file's name is the most likely mistake.
    const isFirst = begun.line === 1 && begun.start === this.#offset + at;
    const hint = TEXT_NAME.test(this.#file) ? READ_AS_TEXT : isFirst ? READ_AS_JSON : "";
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
      `the JSON value that begins here goes wrong at line ${this.#line}, column ${column}: ${error.message}${hint}`,
      {
        file: this.#file,
        line: begun.line,
        excerpt: valueExcerpt(bytes, begun.start - this.#offset),
        cause: error,
      },
    );
  }

  /** Reports a malformed line before the invalid UTF-8 bytes if there is one, otherwise the bytes. */
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

  /** Advances the line number to position `to` of the region. */
  #countLines(bytes: Buffer, to: number): void {
    if (this.#newline < this.#counted) this.#newline = nextNewline(bytes, this.#counted);
    while (this.#newline < to) {
      this.#line += 1;
      this.#newline = nextNewline(bytes, this.#newline + 1);
    }
    this.#counted = Math.max(this.#counted, to);
  }
}

/** Position of the next line end; past all bytes when there is none, so that the search is not repeated. */
function nextNewline(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(NEWLINE, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

function lineExcerpt(bytes: Buffer, from: number): Buffer {
  const end = bytes.indexOf(NEWLINE, from);
  return bytes.subarray(from, end < 0 ? bytes.length : end);
}

/** The line where a value starts, if it is available. */
function valueExcerpt(bytes: Buffer, from: number): Buffer | undefined {
  return from < 0 || from >= bytes.length ? undefined : lineExcerpt(bytes, from);
}
