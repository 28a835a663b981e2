import { type Buffer, constants } from "node:buffer";
import { ItemList, type SourcePosition } from "./item-block.ts";
import { AfterArrayError, JsonArrayScanner } from "./json-array-scanner.ts";
import { NotJsonError } from "./json-scanner.ts";
import { LineCounter } from "./line-counter.ts";
import { itemTooLarge, malformedInput } from "./malformed-input.ts";
import { notUtf8Reason } from "./text.ts";
import { Utf8Check } from "./utf8-check.ts";

const WHOLE = 'with "json_arrays": "whole" each JSON value of a file is one item, even if it is an array';

/** What kind of elements the array may have. */
export type ArrayElements = "objects" | "any";

export interface JsonArraySplitterOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  readonly elements: ArrayElements;
  /** Where the pushed bytes start: before the array, or after one of its elements. */
  readonly from: SourcePosition & { readonly isBehindElement: boolean };
  /** @default the longest string of the runtime */
  readonly maxItemBytes?: number;
}

/**
 * Finds the elements of a file that is a single JSON array, in bytes that arrive in chunks, and checks the whole file.
 */
export class JsonArraySplitter {
  readonly #options: JsonArraySplitterOptions;
  readonly #scanner: JsonArrayScanner;
  readonly #utf8 = new Utf8Check();
  /** File offset of the chunk's first byte. */
  #offset: number;
  readonly #lines: LineCounter;
  /** Where the most recently started element starts. */
  #begun = { start: 0, line: 1 };

  constructor(options: JsonArraySplitterOptions) {
    const { from } = options;
    this.#options = options;
    this.#scanner = new JsonArrayScanner({ isBegun: from.isBehindElement });
    this.#offset = from.offset;
    this.#lines = new LineCounter(from.line);
  }

  /**
   * Takes the next bytes and returns the elements they complete. @throws {MillraceError} malformed_input,
   * item_too_large
   */
  push(chunk: Buffer): ItemList {
    const items = new ItemList();
    const invalidAt = this.#utf8.push(chunk);
    // Text before the invalid bytes may be malformed too; that is reported first.
    this.#split(invalidAt === undefined ? chunk : chunk.subarray(0, Math.max(0, invalidAt)), items);
    if (invalidAt !== undefined) throw this.#fail(notUtf8Reason(chunk, Math.max(0, invalidAt)));
    return items;
  }

  /** Ends the file. @throws {MillraceError} malformed_input */
  end(): void {
    if (this.#scanner.hasEnded && this.#utf8.end()) return;
    throw this.#fail("the file ends before its array does; it may have been cut off");
  }

  #split(bytes: Buffer, items: ItemList): void {
    const { file, maxItemBytes = constants.MAX_STRING_LENGTH } = this.#options;
    this.#lines.begin(bytes);
    for (let at = 0; at < bytes.length; ) {
      const end = this.#scan(bytes, at);
      at = end < 0 ? bytes.length : end;
      if (this.#scanner.startedAt >= 0) this.#begin(bytes, this.#scanner.startedAt);
      const isElement = end >= 0 || this.#scanner.isInside;
      if (isElement && this.#offset + at - this.#begun.start > maxItemBytes)
        throw itemTooLarge({ file, line: this.#begun.line }, maxItemBytes);
      if (end >= 0) items.push(this.#begun.start, this.#offset + end, this.#lines.lineAt(end));
    }
    this.#lines.lineAt(bytes.length);
    this.#offset += bytes.length;
  }

  #scan(bytes: Buffer, from: number): number {
    try {
      return this.#scanner.scan(bytes, from);
    } catch (error) {
      if (!(error instanceof NotJsonError)) throw error;
      const { position, message } = error;
      this.#lines.lineAt(position);
      throw this.#fail(error instanceof AfterArrayError ? `${message}; ${WHOLE}` : message, {
        excerpt: bytes.subarray(position),
        cause: error,
      });
    }
  }

  /** Records that an element starts at a position of the chunk. */
  #begin(bytes: Buffer, at: number): void {
    this.#begun = { start: this.#offset + at, line: this.#lines.lineAt(at) };
    if (this.#options.elements === "any" || this.#scanner.isObject) return;
    throw this.#fail(
      `an element that is not an object, in an array that begins with objects; ${WHOLE}, with "items" each element is an item`,
      { excerpt: bytes.subarray(at) },
    );
  }

  #fail(reason: string, place: { readonly excerpt?: Buffer; readonly cause?: unknown } = {}): Error {
    return malformedInput(reason, { file: this.#options.file, line: this.#lines.line, ...place });
  }
}
