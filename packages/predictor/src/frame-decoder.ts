const HEADER_BYTES = 5;
const FIRST_KIND = 0xf8;
const SHOWN_BYTES = 60;

/** One frame: its kind and its body, which may share memory with the chunk it came in. */
export interface Frame {
  readonly kind: number;
  readonly body: Buffer;
}

/**
 * Cuts a byte stream into frames. A frame within a chunk is a view of it; one that spans chunks is copied once into its
 * own memory, so the cost is linear both for thousands of frames in a chunk and for a single one of 500 MB.
 */
export class FrameDecoder {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  #body: Buffer | null = null;
  #bodyFilled = 0;

  /** Returns the frames that `chunk` completes, in order. @throws {RangeError} when the bytes are not frames */
  push(chunk: Buffer): readonly Frame[] {
    const frames: Frame[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#body === null) offset = this.#readHeader(chunk, offset, frames);
      else offset = this.#fillBody(this.#body, chunk, { offset, frames });
    }
    return frames;
  }

  /** True when the stream ended within a frame. */
  get isPartial(): boolean {
    return this.#headerFilled > 0;
  }

  #readHeader(chunk: Buffer, start: number, frames: Frame[]): number {
    const offset =
      start + chunk.copy(this.#header, this.#headerFilled, start, start + HEADER_BYTES - this.#headerFilled);
    this.#headerFilled += offset - start;
    if (this.#headerFilled < HEADER_BYTES) return offset;
    const kind = this.#kind();
    const length = this.#header.readUInt32LE(0) - 1;
    if (kind < FIRST_KIND || length < 0) throw brokenFrame(this.#header, chunk.subarray(offset));
    if (chunk.length - offset >= length) {
      frames.push({ kind, body: chunk.subarray(offset, offset + length) });
      this.#headerFilled = 0;
      return offset + length;
    }
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#bodyFilled = 0;
    return offset;
  }

  #fillBody(body: Buffer, chunk: Buffer, to: { offset: number; frames: Frame[] }): number {
    const copied = chunk.copy(body, this.#bodyFilled, to.offset);
    this.#bodyFilled += copied;
    if (this.#bodyFilled === body.length) {
      to.frames.push({ kind: this.#kind(), body });
      this.#body = null;
      this.#headerFilled = 0;
    }
    return to.offset + copied;
  }

  #kind(): number {
    return this.#header.readUInt8(4);
  }
}

function brokenFrame(header: Buffer, rest: Buffer): RangeError {
  const shown = Buffer.concat([header, rest.subarray(0, SHOWN_BYTES)]).toString("utf8");
  return new RangeError(`Cannot read a frame: the stream holds ${JSON.stringify(shown)}, expected a frame`);
}
