import type { Buffer } from "node:buffer";
import { type InfoRecord, type Options, type Parser, parse } from "csv-parse";
import { ItemList, type SourcePosition } from "./item-block.ts";
import { itemTooLarge, malformedInput } from "./malformed-input.ts";
import { Utf8Check } from "./utf8-check.ts";

const NOT_UTF8 = "bytes that are not UTF-8, expected UTF-8 text";
const NUL_BYTE =
  "a NUL byte, expected UTF-8 text; a file in UTF-16 is full of them, and must be converted first";

/** Also the bound on what an opening quote that is never closed can swallow. */
const MAX_RECORD_CHARACTERS = 256 * 1024 * 1024;

/**
 * How CSV is read, by planner and reader alike: RFC 4180 in UTF-8; blank lines are skipped. The byte-order mark and
 * the number of columns are looked after by us.
 */
export const CSV_OPTIONS = {
  bom: false,
  record_delimiter: ["\r\n", "\n"],
  skip_empty_lines: true,
  relax_column_count: true,
  max_record_size: MAX_RECORD_CHARACTERS,
} as const satisfies Options;

export interface CsvSplitterOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  /** Where the pushed bytes begin: between two records. */
  readonly from: SourcePosition;
  /** Fields of a record; absent: any number. */
  readonly columns?: number;
  /** Called with each record. */
  readonly onRecord?: (fields: readonly string[]) => void;
}

/** Finds the records in the bytes of a CSV file that come piece by piece, and checks them. */
export class CsvSplitter {
  readonly #options: CsvSplitterOptions;
  readonly #parser: Parser;
  readonly #utf8 = new Utf8Check();
  readonly #lines: LineCounter;
  #items = new ItemList();
  /** Where the last record ended. */
  #end: number;

  constructor(options: CsvSplitterOptions) {
    this.#options = options;
    this.#end = options.from.offset;
    this.#lines = new LineCounter(options.from);
    this.#parser = parse({
      ...CSV_OPTIONS,
      on_record: (fields: string[], info: InfoRecord) => this.#take(fields, info.bytes),
    });
    // Errors reach the callback of `write` and `end`; without a listener they would end the process too.
    this.#parser.on("error", () => {});
    this.#parser.resume();
  }

  /** Takes the next bytes and returns the records that they complete. @throws {MillraceError} malformed_input, item_too_large */
  async push(chunk: Buffer): Promise<ItemList> {
    const pushedAt = this.#lines.end;
    this.#lines.push(chunk);
    const invalidAt = this.#utf8.push(chunk) ?? chunk.length;
    // The parser takes a NUL after a quote for the end of its bytes.
    const nulAt = chunk.indexOf(0);
    const isNul = nulAt >= 0 && nulAt < invalidAt;
    const badAt = isNul ? nulAt : invalidAt;
    // What comes before the bad bytes may be malformed too, and is reported first.
    const valid = chunk.subarray(0, Math.max(0, badAt));
    await this.#feed((done) => this.#parser.write(valid, done));
    if (badAt < chunk.length) throw this.#failBytes(pushedAt + badAt, isNul ? NUL_BYTE : NOT_UTF8);
    return this.#taken();
  }

  /** Ends the file and returns the record that this completes. @throws {MillraceError} malformed_input */
  async end(): Promise<ItemList> {
    if (!this.#utf8.end()) throw this.#failBytes(this.#lines.end, NOT_UTF8);
    // `end` calls back without waiting for the flush's error.
    await this.#feed((done) => {
      this.#parser.once("error", done).once("end", () => done());
      this.#parser.end();
    });
    return this.#taken();
  }

  /** Lets go of the parser when no more bytes will come. */
  close(): void {
    this.#parser.destroy();
  }

  #taken(): ItemList {
    const items = this.#items;
    this.#items = new ItemList();
    return items;
  }

  #take(fields: string[], bytes: number): undefined {
    const { columns, onRecord, from } = this.#options;
    if (columns !== undefined && fields.length !== columns) {
      throw this.#fail(
        `the record that begins here has ${fields.length} fields, expected ${columns} as in the header`,
      );
    }
    onRecord?.(fields);
    const start = this.#end;
    this.#end = from.offset + bytes;
    this.#items.push(start, this.#end, this.#lines.lineAt(this.#end));
    // Nothing is returned, so that the parser keeps nothing.
  }

  async #feed(send: (done: (error?: Error | null) => void) => void): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        send((error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      throw this.#translate(error);
    }
  }

  #translate(error: unknown): unknown {
    const code = (error as { readonly code?: unknown }).code;
    if (typeof code !== "string" || !/^(CSV_|INVALID_)/.test(code)) return error;
    if (code === "CSV_MAX_RECORD_SIZE") {
      return itemTooLarge(
        { file: this.#options.file, line: this.#lines.firstLineFrom(this.#end).line },
        MAX_RECORD_CHARACTERS,
      );
    }
    const reason =
      code === "CSV_QUOTE_NOT_CLOSED"
        ? "the record that begins here opens a quote that the file never closes"
        : "the record that begins here has a quote in the wrong place; quote the whole field and double the quotes in it";
    return this.#fail(reason, error);
  }

  #failBytes(offset: number, reason: string): Error {
    const line = this.#lines.lineAt(Math.max(this.#end, offset));
    return malformedInput(reason, { file: this.#options.file, line });
  }

  /** An error at the record after the last good one. */
  #fail(reason: string, cause?: unknown): Error {
    const { line, excerpt } = this.#lines.firstLineFrom(this.#end);
    return malformedInput(reason, { file: this.#options.file, line, excerpt, cause });
  }
}

/** Counts lines up to offsets that only grow; keeps no more bytes than those after the last offset asked for. */
class LineCounter {
  readonly #chunks: { readonly bytes: Buffer; readonly offset: number }[] = [];
  #end: number;
  #offset: number;
  #line: number;

  constructor(from: SourcePosition) {
    this.#end = from.offset;
    this.#offset = from.offset;
    this.#line = from.line;
  }

  /** Offset after the last byte pushed. */
  get end(): number {
    return this.#end;
  }

  push(bytes: Buffer): void {
    this.#chunks.push({ bytes, offset: this.#end });
    this.#end += bytes.length;
  }

  lineAt(offset: number): number {
    for (;;) {
      const chunk = this.#chunks[0];
      if (!chunk || this.#offset >= offset) return this.#line;
      const stop = Math.min(chunk.bytes.length, offset - chunk.offset);
      for (let at = this.#offset - chunk.offset; at < stop; at += 1) {
        if (chunk.bytes[at] === 10) this.#line += 1;
      }
      this.#offset = chunk.offset + stop;
      if (stop === chunk.bytes.length) this.#chunks.shift();
    }
  }

  /** The first line at or after `offset` that is not blank, and its text. */
  firstLineFrom(offset: number): { readonly line: number; readonly excerpt: Buffer | undefined } {
    let line = this.lineAt(offset);
    const chunk = this.#chunks[0];
    if (!chunk) return { line, excerpt: undefined };
    let at = this.#offset - chunk.offset;
    for (; chunk.bytes[at] === 10 || chunk.bytes[at] === 13; at += 1) {
      if (chunk.bytes[at] === 10) line += 1;
    }
    const newline = chunk.bytes.indexOf(10, at);
    return { line, excerpt: chunk.bytes.subarray(at, newline < 0 ? undefined : newline) };
  }
}
