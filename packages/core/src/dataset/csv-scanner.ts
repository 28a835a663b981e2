import { type CsvDialect, RFC_4180 } from "./csv-dialect.ts";

const LF = 10;
const CR = 13;
/** Equal to no byte. */
const NONE = -1;

/**
 * Where the scanner is: between records, in a comment, at a field's first byte, in a field, or after a quote in a quoted
 * field.
 */
const STATE = { between: 0, field: 1, plain: 2, quoted: 3, quote: 4, comment: 5 } as const;

/** By delimiter, a lookup table by byte: 1 for bytes that end an unquoted field. */
const ENDS_PLAIN = new Map<number, Uint8Array>();

/** Text after the quote that closes a field. Tools interpret it in three different ways, so it is rejected. */
export class MisplacedQuoteError extends Error {
  override readonly name = "MisplacedQuoteError";
}

/**
 * Finds where the records of a CSV end, in bytes that arrive in chunks: RFC 4180 as Python's `csv` and pandas read it.
 * Outside quotes a record ends at `\n`, `\r\n` or `\r`, empty lines are skipped, and a quote inside an unquoted field
 * is text. A comment is a line that starts with the dialect's comment character. The planner and the readers both use it, so they agree on every record.
 *
 * A chunk must not end between a `\r` and a `\n`. The scanner keeps no bytes.
 */
export class CsvScanner {
  #state: number = STATE.between;
  #line: number;
  #fields = 0;
  #fieldStart = 0;
  readonly #bounds: number[] | undefined;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #comment: number;
  readonly #endsPlain: Uint8Array;

  /** With `keepsBounds`, each record must be in a single chunk. */
  constructor({
    line = 1,
    keepsBounds = false,
    dialect: { delimiter, quote, comment } = RFC_4180,
  }: { readonly line?: number; readonly keepsBounds?: boolean; readonly dialect?: CsvDialect } = {}) {
    this.#line = line;
    this.#bounds = keepsBounds ? [] : undefined;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote === "" ? NONE : quote.charCodeAt(0);
    this.#comment = comment === "" ? NONE : comment.charCodeAt(0);
    this.#endsPlain = endsPlain(this.#delimiter);
  }

  /** 1-based line of the next byte. */
  get line(): number {
    return this.#line;
  }

  /** Number of fields in the current record, or in the one that ended last. */
  get fields(): number {
    return this.#fields;
  }

  /** Positions of those fields as `[start, end)` pairs, including their quotes. */
  get bounds(): readonly number[] {
    return this.#bounds ?? [];
  }

  /** True between the first byte of a record and its end. */
  get isInside(): boolean {
    return this.#state !== STATE.between && this.#state !== STATE.comment;
  }

  /**
   * Skips line ends and comments before a record. Returns the position of the record's first byte, or the end of the
   * bytes.
   */
  skipToRecord(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at];
      if (byte === LF || byte === CR) {
        at = this.#pastLineEnd(bytes, at);
        this.#state = STATE.between;
      } else if (this.#state === STATE.comment || byte === this.#comment) {
        this.#state = STATE.comment;
        at += 1;
      } else break;
    }
    return at;
  }

  /**
   * Continues scanning at `from`, which is the start of a record or where the last call stopped. Returns the position
   * after the record's line end, or -1 when the bytes end first.
   *
   * @throws {MisplacedQuoteError}
   */
  scan(bytes: Uint8Array, from: number): number {
    if (this.#state === STATE.between) this.#begin();
    const quote = this.#quote;
    const ends = this.#endsPlain;
    let at = from;
    while (at < bytes.length) {
      if (this.#state === STATE.quoted) {
        at = this.#scanQuoted(bytes, at);
        continue;
      }
      if (this.#state === STATE.field) this.#fieldStart = at;
      if (this.#state !== STATE.quote) {
        if (this.#state === STATE.field && bytes[at] === quote) {
          this.#state = STATE.quoted;
          at += 1;
          continue;
        }
        this.#state = STATE.plain;
        while (at < bytes.length && ends[bytes[at] as number] === 0) at += 1;
        if (at === bytes.length) return -1;
      } else if (bytes[at] === quote) {
        this.#state = STATE.quoted;
        at += 1;
        continue;
      }
      const byte = bytes[at] as number;
      if (ends[byte] === 0) throw new MisplacedQuoteError("text after a closing quote");
      this.#endField(at);
      if (byte !== this.#delimiter) return this.#pastLineEnd(bytes, at);
      this.#state = STATE.field;
      at += 1;
    }
    return -1;
  }

  /** Signals the end of the bytes and ends the current record. False when they end inside a quoted field. */
  finish(position: number): boolean {
    if (this.#state === STATE.quoted) return false;
    if (this.#state === STATE.field) this.#fieldStart = position;
    this.#endField(position);
    return true;
  }

  #begin(): void {
    this.#fields = 0;
    if (this.#bounds) this.#bounds.length = 0;
    this.#state = STATE.field;
  }

  #endField(end: number): void {
    this.#fields += 1;
    this.#bounds?.push(this.#fieldStart, end);
    this.#state = STATE.between;
  }

  /** Scans past the next quote and counts the lines that the field spans. */
  #scanQuoted(bytes: Uint8Array, from: number): number {
    const quote = this.#quote;
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      if (byte === quote) {
        this.#state = STATE.quote;
        return at + 1;
      }
      at = byte === LF || byte === CR ? this.#pastLineEnd(bytes, at) : at + 1;
    }
    return at;
  }

  #pastLineEnd(bytes: Uint8Array, at: number): number {
    this.#line += 1;
    return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
  }
}

function endsPlain(delimiter: number): Uint8Array {
  let table = ENDS_PLAIN.get(delimiter);
  if (!table) {
    table = new Uint8Array(256);
    for (const byte of [delimiter, LF, CR]) table[byte] = 1;
    ENDS_PLAIN.set(delimiter, table);
  }
  return table;
}
