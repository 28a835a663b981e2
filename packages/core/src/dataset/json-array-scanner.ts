import { isJsonSpace, JsonScanner, NotJsonError } from "./json-scanner.ts";

const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const STATE = { before: 0, firstOrEnd: 1, element: 2, inside: 3, commaOrEnd: 4, after: 5 } as const;

/** Something other than whitespace follows the array. */
export class AfterArrayError extends NotJsonError {}

/**
 * Finds the elements of a JSON array in bytes that arrive in chunks, and checks the grammar of the whole array, which
 * must be the only value. Keeps no bytes.
 */
export class JsonArrayScanner {
  readonly #value = new JsonScanner();
  #state: number;
  #startedAt = -1;
  #isObject = false;

  /** With `isBegun`, the bytes start after an element. */
  constructor({ isBegun = false }: { readonly isBegun?: boolean } = {}) {
    this.#state = isBegun ? STATE.commaOrEnd : STATE.before;
  }

  /** True once the array has ended. */
  get hasEnded(): boolean {
    return this.#state === STATE.after;
  }

  /** True inside an element. */
  get isInside(): boolean {
    return this.#state === STATE.inside;
  }

  /** Where an element started in the bytes of the last {@link scan}; -1 when none did. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Whether the most recently started element is an object. */
  get isObject(): boolean {
    return this.#isObject;
  }

  /**
   * Continues scanning at `from`. Returns the position after the next element's last byte, or -1 when the bytes end
   * first.
   *
   * @throws {NotJsonError}
   */
  scan(bytes: Uint8Array, from: number): number {
    this.#startedAt = -1;
    for (let at = from; at < bytes.length; at += 1) {
      if (this.#state !== STATE.inside) {
        if (isJsonSpace(bytes[at])) continue;
        this.#scanToken(bytes[at] as number, at);
        if ((this.#state as number) !== STATE.inside) continue;
      }
      const end = this.#value.scan(bytes, at);
      if (end >= 0) this.#state = STATE.commaOrEnd;
      return end;
    }
    return -1;
  }

  #scanToken(byte: number, at: number): void {
    const state = this.#state;
    if (state === STATE.after)
      throw new AfterArrayError("a value after the array that is the file's first", at);
    if (state === STATE.before) {
      if (byte !== OPEN_ARRAY) throw new NotJsonError('it does not begin with "["', at);
      this.#state = STATE.firstOrEnd;
    } else if (byte === CLOSE_ARRAY && state !== STATE.element) {
      this.#state = STATE.after;
    } else if (state === STATE.commaOrEnd) {
      if (byte !== COMMA) throw new NotJsonError('no "," or "]" after an element of the array', at);
      this.#state = STATE.element;
    } else {
      this.#state = STATE.inside;
      this.#startedAt = at;
      this.#isObject = byte === OPEN_OBJECT;
    }
  }
}
