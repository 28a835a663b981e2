import { Buffer, isUtf8 } from "node:buffer";

/** Checks that a stream of bytes is UTF-8; characters may be split across chunks. */
export class Utf8Check {
  #tail: Buffer = Buffer.alloc(0);

  /**
   * Offset in `chunk` of the first byte that is not UTF-8 (negative: in an earlier chunk), or undefined if all is
   * valid.
   */
  push(chunk: Buffer): number | undefined {
    const tailBytes = this.#tail.length;
    if (tailBytes === 0) return this.#pushWhole(chunk, 0);
    // Up to three more bytes complete the split character; the rest of the chunk is checked after them.
    const needed = sequenceLength(this.#tail[0] as number) - tailBytes;
    const head = Buffer.concat([this.#tail, chunk.subarray(0, needed)]);
    if (head.subarray(tailBytes).some((byte) => !isContinuation(byte))) return -tailBytes;
    if (chunk.length < needed) {
      this.#tail = head;
      return undefined;
    }
    return isUtf8(head) ? this.#pushWhole(chunk, needed) : -tailBytes;
  }

  /** False when the stream ended inside a character. */
  end(): boolean {
    return this.#tail.length === 0;
  }

  #pushWhole(chunk: Buffer, from: number): number | undefined {
    const whole = wholeCharacters(chunk);
    const end = Math.max(from, whole);
    // Copied: the chunk may be reused or large.
    this.#tail = Buffer.from(chunk.subarray(end));
    const body = chunk.subarray(from, end);
    return isUtf8(body) ? undefined : from + firstInvalid(body);
  }
}

/** Length of the longest prefix that does not end inside a character. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
    if (byte < 0x80) return bytes.length;
  }
  return bytes.length;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

/** Length of the character that `lead` starts; 1 for bytes that start none. */
function sequenceLength(lead: number): number {
  if (lead >= 0xf8) return 1;
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/** Offset of the first character that is not UTF-8: by bisection, then character by character. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 16) {
    const middle = valid + ((invalid - valid) >> 1);
    const cut = valid + wholeCharacters(bytes.subarray(valid, middle));
    if (isUtf8(bytes.subarray(valid, cut))) valid = cut;
    else invalid = cut;
  }
  while (valid < bytes.length) {
    const next = valid + sequenceLength(bytes[valid] as number);
    if (next > bytes.length || !isUtf8(bytes.subarray(valid, next))) break;
    valid = next;
  }
  return valid;
}
