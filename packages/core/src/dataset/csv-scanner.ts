const LF = 10;
const CR = 13;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** Where the scanner is: between records, at a field's first byte, in a field, or after a quote in a quoted field. */
const STATE = { between: 0, field: 1, plain: 2, quoted: 3, quote: 4 } as const;

/** Lookup table by byte: 1 for bytes that end an unquoted field. */
const ENDS_PLAIN = new Uint8Array(256);
for (const byte of [COMMA, LF, CR]) ENDS_PLAIN[byte] = 1;

/** Text after the quote that closes a field. Tools interpret it in three different ways, so it is rejected. */
export class MisplacedQuoteError extends Error {
  override readonly name = "MisplacedQuoteError";
}

/**
 * Finds where the records of a CSV end, in bytes that arrive in chunks: RFC 4180 as Python's `csv` and pandas read it.
 * Outside quotes a record ends at `\n`, `\r\n` or `\r`, empty lines are skipped, and a quote inside an unquoted field
 * is text. The planner and the readers both use it, so they agree on every record.
 *
 * A chunk must not end between a `\r` and a `\n`. The scanner keeps no bytes.
 */
export class CsvScanner {
  #state: number = STATE.between;
  #line: number;
  #fields = 0;
  #fieldStart = 0;
  readonly #bounds: number[] | undefined;

  /** With `keepsBounds`, each record must be in a single chunk. */
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
    return this.#state !== STATE.between;
  }

  /** Skips line ends before a record. Returns the position of the record's first byte, or the end of the bytes. */
  skipLineEnds(bytes: Uint8Array, from: number): number {
    let at = from;
    while (bytes[at] === LF || bytes[at] === CR) at = this.#pastLineEnd(bytes, at);
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
