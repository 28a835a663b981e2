const LF = 10;
const CR = 13;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** Where the scanner is: between records, at a field's first byte, in a field, or behind a quote in a quoted field. */
const STATE = { between: 0, field: 1, plain: 2, quoted: 3, quote: 4 } as const;

/** A byte for each byte: 1 where an unquoted field ends. */
const ENDS_PLAIN = new Uint8Array(256);
for (const byte of [COMMA, LF, CR]) ENDS_PLAIN[byte] = 1;

/** Text after the quote that closes a field. Tools read it in three ways, so it is refused. */
export class MisplacedQuoteError extends Error {
  override readonly name = "MisplacedQuoteError";
}

/**
 * Finds where the records of a CSV end, in bytes that come piece by piece: RFC 4180 as Python's `csv` and pandas read it.
 * Outside of quotes a record ends at `\n`, `\r\n` or `\r`, lines without a byte are skipped, and a quote inside of an
 * unquoted field is text. Planner and readers both use it, so that they agree on every record.
 *
 * A piece must not end between a `\r` and a `\n`. No bytes are kept.
 */
export class CsvScanner {
  #state: number = STATE.between;
  #line: number;
  #fields = 0;
  #fieldStart = 0;
  readonly #bounds: number[] | undefined;

  /** With `keepsBounds` records must come in one piece. */
  constructor({
    line = 1,
    keepsBounds = false,
  }: { readonly line?: number; readonly keepsBounds?: boolean } = {}) {
    this.#line = line;
    this.#bounds = keepsBounds ? [] : undefined;
  }

  /** 1-based line of the next byte. */
  get line(): number {
    return this.#line;
  }

  /** Fields of the record so far, or of the one that ended last. */
  get fields(): number {
    return this.#fields;
  }

  /** Where those fields are, as `[start, end)` pairs of positions, with their quotes. */
  get bounds(): readonly number[] {
    return this.#bounds ?? [];
  }

  /** True between the first byte of a record and its end. */
  get isInside(): boolean {
    return this.#state !== STATE.between;
  }

  /** Skips the line ends before a record. Returns the position of its first byte, or the end of the bytes. */
  skipLineEnds(bytes: Uint8Array, from: number): number {
    let at = from;
    while (bytes[at] === LF || bytes[at] === CR) at = this.#pastLineEnd(bytes, at);
    return at;
  }

  /**
   * Scans on from `from`, where a record begins or the last call left off. Returns the position after the record's line
   * end, or -1 when the bytes end first.
   *
   * @throws {MisplacedQuoteError}
   */
  scan(bytes: Uint8Array, from: number): number {
    if (this.#state === STATE.between) this.#begin();
    let at = from;
    while (at < bytes.length) {
      if (this.#state === STATE.quoted) {
        at = this.#scanQuoted(bytes, at);
        continue;
      }
      if (this.#state === STATE.field) this.#fieldStart = at;
      if (this.#state !== STATE.quote) {
        if (this.#state === STATE.field && bytes[at] === QUOTE) {
          this.#state = STATE.quoted;
          at += 1;
          continue;
        }
        this.#state = STATE.plain;
        while (at < bytes.length && ENDS_PLAIN[bytes[at] as number] === 0) at += 1;
        if (at === bytes.length) return -1;
      } else if (bytes[at] === QUOTE) {
        this.#state = STATE.quoted;
        at += 1;
        continue;
      }
      const byte = bytes[at] as number;
      if (ENDS_PLAIN[byte] === 0) throw new MisplacedQuoteError("text after a closing quote");
      this.#endField(at);
      if (byte !== COMMA) return this.#pastLineEnd(bytes, at);
      this.#state = STATE.field;
      at += 1;
    }
    return -1;
  }

  /** The bytes are over: ends the record that they are in. False when they are inside of a quoted field. */
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

  /** Up to after the next quote, counting the lines that the field goes over. */
  #scanQuoted(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
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
