import { Buffer } from "node:buffer";

/** What the scanner is inside of, or waiting for. */
const STATE = {
  value: 0,
  valueOrEnd: 1,
  keyOrEnd: 2,
  key: 3,
  colon: 4,
  commaOrEnd: 5,
  string: 6,
  escape: 7,
  hex: 8,
  scalar: 9,
} as const;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * Limits the cost of a malicious file. Larger than the depth of any line short enough to be parsed in one go, so that
 * the items do not depend on which path found them.
 */
const MAX_DEPTH = 8 * 1024 * 1024;
const MAX_SCALAR_CHARACTERS = 16 * 1024 * 1024;

/** A scalar as in RFC 8259. */
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
/** The words that Python's `json` writes for numbers that JSON does not have. */
const NON_FINITE = /^(?:NaN|-?Infinity)$/;

/** The bytes are not JSON; `position` is the first bad byte. */
export class NotJsonError extends Error {
  readonly position: number;

  constructor(reason: string, position: number) {
    super(reason);
    this.name = "NotJsonError";
    this.position = position;
  }
}

export function isJsonSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/**
 * Finds the end of one JSON value in bytes that arrive in chunks, and checks its grammar: RFC 8259 with NaN and
 * infinities, unless `isStrict`. Keeps only one byte for each open container and the number being scanned. UTF-8 is checked elsewhere.
 */
export class JsonScanner {
  #state: number = STATE.value;
  /** The first byte of each open container; bytes from `#depth` on are stale. */
  #open = new Uint8Array(64);
  #depth = 0;
  #inKey = false;
  #hexDigits = 0;
  #scalar = "";
  readonly #isStrict: boolean;

  constructor({ isStrict = false }: { readonly isStrict?: boolean } = {}) {
    this.#isStrict = isStrict;
  }

  /** True between the first byte of a value and its end. */
  get isInside(): boolean {
    return this.#state !== STATE.value || this.#depth > 0;
  }

  /**
   * Continues scanning at `from`, where no value has started or the last call stopped. Returns the position after the
   * value's last byte, or -1 when the bytes end first.
   *
   * @throws {NotJsonError}
   */
  scan(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      switch (this.#state) {
        case STATE.string:
          at = this.#scanString(bytes, at);
          break;
        case STATE.escape:
        case STATE.hex:
          this.#scanEscape(bytes[at] as number, at);
          at += 1;
          break;
        case STATE.scalar:
          at = this.#scanScalar(bytes, at);
          break;
        default:
          if (!isJsonSpace(bytes[at])) this.#scanToken(bytes[at] as number, at);
          at += 1;
      }
      if (this.#state === STATE.commaOrEnd && this.#depth === 0) {
        this.#state = STATE.value;
        return at;
      }
    }
    return -1;
  }

  /** Signals the end of the bytes: true when that ends the value (a number has no other end). @throws {NotJsonError} */
  finish(position: number): boolean {
    if (this.#state !== STATE.scalar || this.#depth > 0) return !this.isInside;
    this.#endScalar(position);
    this.#state = STATE.value;
    return true;
  }

  #scanToken(byte: number, at: number): void {
    const state = this.#state;
    if (state === STATE.colon) {
      if (byte !== COLON) throw unexpected(byte, '":"', at);
      this.#state = STATE.value;
    } else if (state === STATE.commaOrEnd) {
      this.#scanCommaOrEnd(byte, at);
    } else if (state === STATE.key || state === STATE.keyOrEnd) {
      if (byte === QUOTE) this.#beginString(true);
      else if (byte === CLOSE_OBJECT && state === STATE.keyOrEnd) this.#close();
      else throw unexpected(byte, "a name in double quotes", at);
    } else if (byte === CLOSE_ARRAY && state === STATE.valueOrEnd) {
      this.#close();
    } else {
      this.#beginValue(byte, at);
    }
  }

  #scanCommaOrEnd(byte: number, at: number): void {
    const inObject = this.#open[this.#depth - 1] === OPEN_OBJECT;
    if (byte === COMMA) this.#state = inObject ? STATE.key : STATE.value;
    else if (byte === (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) this.#close();
    else throw unexpected(byte, inObject ? '"," or "}"' : '"," or "]"', at);
  }

  #beginValue(byte: number, at: number): void {
    if (byte === OPEN_OBJECT) {
      this.#enter(byte, at);
      this.#state = STATE.keyOrEnd;
    } else if (byte === OPEN_ARRAY) {
      this.#enter(byte, at);
      this.#state = STATE.valueOrEnd;
    } else if (byte === QUOTE) {
      this.#beginString(false);
    } else if (isScalarByte(byte)) {
      this.#scalar = String.fromCharCode(byte);
      this.#state = STATE.scalar;
    } else {
      throw unexpected(byte, "a JSON value", at);
    }
  }

  #beginString(isKey: boolean): void {
    this.#inKey = isKey;
    this.#state = STATE.string;
  }

  #enter(byte: number, at: number): void {
    if (this.#depth === MAX_DEPTH) throw new NotJsonError(`it is nested deeper than ${MAX_DEPTH} levels`, at);
    if (this.#depth === this.#open.length) {
      const wider = new Uint8Array(2 * this.#depth);
      wider.set(this.#open);
      this.#open = wider;
    }
    this.#open[this.#depth] = byte;
    this.#depth += 1;
  }

  #close(): void {
    this.#depth -= 1;
    this.#state = STATE.commaOrEnd;
  }

  #scanString(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#state = this.#inKey ? STATE.colon : STATE.commaOrEnd;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        this.#state = STATE.escape;
        return at + 1;
      }
      if (byte < 0x20) throw new NotJsonError("a string is not closed", at);
    }
    return bytes.length;
  }

  #scanEscape(byte: number, at: number): void {
    if (this.#state === STATE.hex) {
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(byte)))
        throw unexpected(byte, "four hexadecimal digits", at);
      this.#hexDigits -= 1;
      if (this.#hexDigits === 0) this.#state = STATE.string;
    } else if (byte === 0x75) {
      this.#hexDigits = 4;
      this.#state = STATE.hex;
    } else {
      if (!'"\\/bfnrt'.includes(String.fromCharCode(byte))) throw unexpected(byte, "an escape of JSON", at);
      this.#state = STATE.string;
    }
  }

  #scanScalar(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && isScalarByte(bytes[at] as number)) at += 1;
    this.#scalar += Buffer.from(bytes.buffer, bytes.byteOffset + from, at - from).toString("latin1");
    if (this.#scalar.length > MAX_SCALAR_CHARACTERS)
      throw new NotJsonError(`a number or word of more than ${MAX_SCALAR_CHARACTERS} characters`, at);
    if (at < bytes.length) this.#endScalar(at);
    return at;
  }

  #endScalar(position: number): void {
    const isKnown = SCALAR.test(this.#scalar) || (!this.#isStrict && NON_FINITE.test(this.#scalar));
    if (!isKnown) {
      const text = this.#scalar.length > 40 ? `${this.#scalar.slice(0, 40)}…` : this.#scalar;
      throw new NotJsonError(`"${text}" is not a JSON value`, Math.max(0, position - this.#scalar.length));
    }
    this.#scalar = "";
    this.#state = STATE.commaOrEnd;
  }
}

/** True for letters, digits, signs and points, which numbers and words consist of. Any other byte ends them. */
function isScalarByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x5f
  );
}

function unexpected(byte: number, expected: string, at: number): NotJsonError {
  const shown = byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16)}`;
  return new NotJsonError(`unexpected ${shown}, expected ${expected}`, at);
}
