import { notAnArchive } from "./refusals.ts";

/** Reads as many bytes from a stream as requested; only the rest of a chunk is read ahead. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Returns this many bytes; fewer if the stream ends first. */
  async take(bytes: number): Promise<Buffer> {
    const first = await this.some(bytes);
    // Usually a header that lies within the chunk.
    if (first === undefined || first.length === bytes) return first ?? Buffer.alloc(0);
    const pieces = [first];
    for (let left = bytes - first.length; left > 0; ) {
      const piece = await this.some(left);
      if (piece === undefined) break;
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Returns between one byte and this many, as they arrive; undefined at the end. */
  async some(bytes: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return piece;
  }

  /** Skips this many bytes. @throws {MillraceError} invalid_archive */
  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; ) {
      const piece = await this.some(left);
      if (piece === undefined) throw truncated();
      left -= piece.length;
    }
  }
}

export function truncated() {
  return notAnArchive("it ends in the middle of an entry");
}
