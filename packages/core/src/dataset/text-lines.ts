import { Buffer } from "node:buffer";
import { ItemList, type SourcePosition } from "./item-block.ts";
import { itemTooLarge, malformedInput } from "./malformed-input.ts";
import { notUtf8Reason } from "./text.ts";
import { Utf8Check } from "./utf8-check.ts";

const NEWLINE = 10;
const CR = 13;

/** A line of control characters becomes six times as long as JSON, and must fit into one string. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface TextLine {
  /** The line without its end, as JSON. */
  readonly text: string;
  /** Position after its end. */
  readonly end: number;
}

/** The lines in bytes that start and end between two lines. */
export function textLines(bytes: Buffer): readonly TextLine[] {
  const lines: TextLine[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    const isCrLf = newline > at && bytes[newline - 1] === CR;
    const next = newline < 0 ? end : end + 1;
    lines.push({ text: JSON.stringify(bytes.toString("utf8", at, isCrLf ? end - 1 : end)), end: next });
    at = next;
  }
  return lines;
}

export interface TextSplitterOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  /** Where the pushed bytes start: between two lines. */
  readonly from: SourcePosition;
  /** @default 64 MiB */
  readonly maxLineBytes?: number;
}

/** Finds the lines of a text file in bytes that arrive in chunks, and checks that they are UTF-8. */
export class TextSplitter {
  readonly #options: TextSplitterOptions;
  readonly #utf8 = new Utf8Check();
  /** File offset of the next chunk. */
  #offset: number;
  #lineStart: number;
  #line: number;

  constructor(options: TextSplitterOptions) {
    this.#options = options;
    this.#offset = options.from.offset;
    this.#lineStart = options.from.offset;
    this.#line = options.from.line;
  }

  /**
   * Takes the next bytes and returns the lines they complete. @throws {MillraceError} malformed_input, item_too_large
   */
  push(chunk: Buffer): ItemList {
    const items = new ItemList();
    const invalidAt = this.#utf8.push(chunk);
    const nulAt = chunk.indexOf(0);
    const badAt = Math.min(invalidAt ?? chunk.length, nulAt < 0 ? chunk.length : nulAt);
    this.#split(chunk.subarray(0, Math.max(0, badAt)), items);
    if (badAt === chunk.length) return items;
    const isNul = badAt === nulAt;
    throw this.#fail(isNul ? "a NUL byte, expected UTF-8 text" : notUtf8Reason(chunk, Math.max(0, badAt)));
  }

  /** Ends the file and returns its last line, if that has no end. @throws {MillraceError} malformed_input */
  end(): ItemList {
    if (!this.#utf8.end()) throw this.#fail(notUtf8Reason(Buffer.alloc(0), 0));
    const items = new ItemList();
    if (this.#lineStart < this.#offset) items.push(this.#lineStart, this.#offset, this.#line);
    return items;
  }

  #split(bytes: Buffer, items: ItemList): void {
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
      const end = this.#offset + at + 1;
      this.#checkLength(end);
      this.#line += 1;
      items.push(this.#lineStart, end, this.#line);
      this.#lineStart = end;
    }
    this.#offset += bytes.length;
    this.#checkLength(this.#offset);
  }

  #checkLength(end: number): void {
    const { file, maxLineBytes = MAX_LINE_BYTES } = this.#options;
    if (end - this.#lineStart > maxLineBytes) throw itemTooLarge({ file, line: this.#line }, maxLineBytes);
  }

  #fail(reason: string): Error {
    return malformedInput(reason, { file: this.#options.file, line: this.#line });
  }
}
