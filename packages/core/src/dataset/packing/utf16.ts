import { Buffer } from "node:buffer";
import { malformedInput } from "../malformed-input.ts";
import { beginsWith, type Packing } from "./packing.ts";

const LITTLE_ENDIAN = [0xff, 0xfe] as const;
const BIG_ENDIAN = [0xfe, 0xff] as const;

/** UTF-16 with a byte-order mark, as Excel and Windows write it, converted to UTF-8 without the mark. */
export const utf16: Packing = {
  name: "UTF-16",
  endings: [],
  // Two more zero bytes make it UTF-32.
  matches: (head) =>
    beginsWith(head, ...BIG_ENDIAN) ||
    (beginsWith(head, ...LITTLE_ENDIAN) && !beginsWith(head.subarray(2), 0, 0)),
  async *unpack(packed, { file }) {
    let decoder: Utf16Decoder | undefined;
    for await (const piece of packed) {
      decoder ??= new Utf16Decoder(file);
      const text = decoder.push(piece);
      if (text !== "") yield Buffer.from(text);
    }
    decoder?.end();
  },
};

/** Decodes chunks of UTF-16 that may be cut anywhere; invalid UTF-16 is rejected with its line. */
class Utf16Decoder {
  readonly #file: string;
  #rest: Buffer = Buffer.alloc(0);
  #isBigEndian: boolean | undefined;
  #line = 1;

  constructor(file: string) {
    this.#file = file;
  }

  push(piece: Uint8Array): string {
    // Always a copy, since bytes are swapped in place.
    const bytes = Buffer.concat([this.#rest, piece]);
    let from = 0;
    if (this.#isBigEndian === undefined) {
      if (bytes.length < 2) {
        this.#rest = bytes;
        return "";
      }
      this.#isBigEndian = beginsWith(bytes, ...BIG_ENDIAN);
      from = 2;
    }
    const whole = bytes.length - (bytes.length % 2);
    const units = bytes.subarray(from, whole);
    if (this.#isBigEndian) units.swap16();
    // The second half of a surrogate pair may come with the next chunk.
    const isCut = units.length > 0 && (units.at(-1) as number) >> 2 === 0b110110;
    const end = isCut ? units.length - 2 : units.length;
    if (isCut && this.#isBigEndian) units.subarray(end).swap16();
    this.#rest = Buffer.from(bytes.subarray(from + end));
    const text = units.toString("utf16le", 0, end);
    if (!text.isWellFormed()) throw this.#loneSurrogate(text);
    this.#line += linesIn(text);
    return text;
  }

  end(): void {
    if (this.#rest.length === 0) return;
    throw malformedInput("its UTF-16 text ends inside a character", {
      file: this.#file,
      line: this.#line,
    });
  }

  #loneSurrogate(text: string): Error {
    const fixed = text.toWellFormed();
    let at = 0;
    while (text[at] === fixed[at]) at += 1;
    return malformedInput("half of a character, expected UTF-16 text", {
      file: this.#file,
      line: this.#line + linesIn(text.slice(0, at)),
    });
  }
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
