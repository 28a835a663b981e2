import { Buffer } from "node:buffer";
import { joinBytes } from "./byte-chunks.ts";
import { type CsvDialect, delimiterName, RFC_4180 } from "./csv-dialect.ts";
import { CsvScanner, MisplacedQuoteError } from "./csv-scanner.ts";
import { ItemList, type SourcePosition } from "./item-block.ts";
import { itemTooLarge, malformedInput } from "./malformed-input.ts";
import { notUtf8Reason } from "./text.ts";
import { Utf8Check } from "./utf8-check.ts";

const CR = 13;
const NO_BYTES = Buffer.alloc(0);

const NUL_BYTE = "a NUL byte, expected UTF-8 text";

/** Also limits how much an unclosed quote can swallow. */
const MAX_RECORD_BYTES = 256 * 1024 * 1024;
/** Bytes kept for an error's excerpt when a record spans several chunks. */
const EXCERPT_BYTES = 400;

export interface CsvSplitterOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  /** Where the pushed bytes start: at a record boundary. */
  readonly from: SourcePosition;
  /** Expected number of fields per record; absent: any number. */
  readonly columns?: number;
  /** @default RFC 4180 */
  readonly dialect?: CsvDialect;
}

/** Finds and checks the records in the bytes of a CSV file that arrive in chunks. */
export class CsvSplitter {
  readonly #options: CsvSplitterOptions;
  readonly #utf8 = new Utf8Check();
  readonly #scanner: CsvScanner;
  /** File offset of the first byte not yet scanned. */
  #offset: number;
  /** A carriage return at the end of a chunk: its line feed may come with the next one. */
  #kept = NO_BYTES;
  /** Where the open record starts, and its first bytes once it spans several chunks. */
  #start = 0;
  #startLine = 1;
  #head: Buffer = NO_BYTES;

  constructor(options: CsvSplitterOptions) {
    this.#options = options;
    this.#offset = options.from.offset;
    this.#scanner = new CsvScanner({ line: options.from.line, dialect: options.dialect ?? RFC_4180 });
  }

  /**
   * Takes the next bytes and returns the records they complete. @throws {MillraceError} malformed_input, item_too_large
   */
  push(chunk: Buffer): ItemList {
    const items = new ItemList();
    const invalidAt = this.#utf8.push(chunk) ?? chunk.length;
    const nulAt = chunk.indexOf(0);
    const isNul = nulAt >= 0 && nulAt < invalidAt;
    const badAt = isNul ? nulAt : invalidAt;
    const bytes = this.#kept.length > 0 ? joinBytes([this.#kept, chunk]) : chunk;
    if (badAt < chunk.length) {
      // Text before the invalid bytes may be malformed too; that is reported first.
      this.#split(bytes.subarray(0, Math.max(0, this.#kept.length + badAt)), items);
      throw this.#failBytes(isNul ? NUL_BYTE : notUtf8Reason(bytes, this.#kept.length + badAt));
    }
    const isCut = bytes.at(-1) === CR;
    this.#kept = isCut ? Buffer.of(CR) : NO_BYTES;
    this.#split(isCut ? bytes.subarray(0, -1) : bytes, items);
    return items;
  }

  /** Ends the file and returns the record this completes, if any. @throws {MillraceError} malformed_input */
  end(): ItemList {
    const items = new ItemList();
    this.#split(this.#kept, items);
    if (!this.#utf8.end()) throw this.#failBytes(notUtf8Reason(NO_BYTES, 0));
    if (!this.#scanner.isInside) return items;
    if (!this.#scanner.finish(0)) {
      throw this.#fail("the record that begins here opens a quote that is never closed", NO_BYTES);
    }
    this.#take(items, NO_BYTES, 0);
    return items;
  }

  #split(bytes: Buffer, items: ItemList): void {
    const scanner = this.#scanner;
    let at = 0;
    while (at < bytes.length) {
      if (!scanner.isInside) {
        at = scanner.skipToRecord(bytes, at);
        if (at === bytes.length) break;
        this.#start = this.#offset + at;
        this.#startLine = scanner.line;
      }
      const end = this.#scan(bytes, at);
      if (end < 0) break;
      this.#take(items, bytes, end);
      at = end;
    }
    // Copied, so that the large chunk can be freed.
    if (scanner.isInside) this.#head = Buffer.from(this.#excerpt(bytes));
    this.#offset += bytes.length;
    if (scanner.isInside && this.#offset - this.#start > MAX_RECORD_BYTES) {
      throw itemTooLarge({ file: this.#options.file, line: this.#startLine }, MAX_RECORD_BYTES);
    }
  }

  #scan(bytes: Buffer, from: number): number {
    try {
      return this.#scanner.scan(bytes, from);
    } catch (cause) {
      if (!(cause instanceof MisplacedQuoteError)) throw cause;
      const reason =
        "the record that begins here has text after the quote that closes a field; double the quotes inside a quoted field";
      throw this.#fail(reason, bytes, cause);
    }
  }

  /** Adds the record that ends at position `end` of the bytes. */
  #take(items: ItemList, bytes: Buffer, end: number): void {
    const { columns, dialect = RFC_4180 } = this.#options;
    const { fields, line } = this.#scanner;
    if (columns !== undefined && fields !== columns) {
      const way =
        columns === 1
          ? 'if each line is an item, set "format" to "text"'
          : "a field that contains the delimiter needs quotes";
      throw this.#fail(
        `the record that begins here has ${fields} fields, expected ${columns} as in the header, separated by ${delimiterName(dialect.delimiter)}; ${way}`,
        bytes,
      );
    }
    items.push(this.#start, this.#offset + end, line);
  }

  #failBytes(reason: string): Error {
    return malformedInput(reason, { file: this.#options.file, line: this.#scanner.line });
  }

  /** An error at the most recent record. */
  #fail(reason: string, bytes: Buffer, cause?: unknown): Error {
    const [excerpt] = this.#excerpt(bytes)
      .toString("latin1")
      .split(/[\r\n]/, 1);
    return malformedInput(reason, {
      file: this.#options.file,
      line: this.#startLine,
      excerpt: Buffer.from(excerpt ?? "", "latin1"),
      cause,
    });
  }

  /** The first bytes of the most recent record; `bytes` are those not yet included in the offset. */
  #excerpt(bytes: Buffer): Buffer {
    const at = this.#start - this.#offset;
    if (at >= 0) return bytes.subarray(at, at + EXCERPT_BYTES);
    return joinBytes([this.#head, bytes.subarray(0, EXCERPT_BYTES - this.#head.length)]);
  }
}
