import { Buffer } from "node:buffer";

const FRAME_MAGIC = 0xfd2fb528;
/** The first of sixteen; skippable frames do not contain data. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** The bytes are not complete zstd frames; the message says why. */
export class NotZstdError extends Error {
  override readonly name = "NotZstdError";
}

/**
 * The bytes of each zstd frame; read one to its end before the next. `node:zlib` unpacks the first frame of a file and
 * silently ignores the rest, and tools that compress in parallel write many frames. Frame and block headers show where
 * frames end: RFC 8878, sections 3.1.1 and 3.1.2.
 *
 * @throws {NotZstdError}
 */
export async function* zstdFrames(
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<AsyncIterable<Uint8Array>> {
  const bytes = new ByteCursor(packed);
  while (!(await bytes.isAtEnd())) {
    const magic = await bytes.read(4);
    const number = magic.readUInt32LE();
    if (number === FRAME_MAGIC) {
      yield frame(bytes, magic);
    } else if ((number & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      for await (const _ of bytes.pass((await bytes.read(4)).readUInt32LE()));
    } else {
      throw new NotZstdError("it continues with bytes that are not zstd data");
    }
  }
}

async function* frame(bytes: ByteCursor, magic: Buffer): AsyncGenerator<Uint8Array> {
  yield magic;
  const header = await bytes.read(1);
  yield header;
  const descriptor = header[0] as number;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  yield* bytes.pass(windowBytes + dictionaryBytes + sizeBytes);
  for (let isLast = false; !isLast; ) {
    const block = await bytes.read(3);
    yield block;
    const value = block.readUIntLE(0, 3);
    isLast = (value & 1) === 1;
    const isRepeatedByte = ((value >> 1) & 3) === 1;
    yield* bytes.pass(isRepeatedByte ? 1 : value >> 3);
  }
  const hasChecksum = (descriptor & 4) !== 0;
  if (hasChecksum) yield* bytes.pass(4);
}

/** Reads a given number of bytes at a time from a stream. */
class ByteCursor {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return true;
      this.#piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    return false;
  }

  async read(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.pass(count)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *pass(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (await this.isAtEnd()) throw new NotZstdError("its zstd data is cut off");
      const part = this.#piece.subarray(0, left);
      this.#piece = this.#piece.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
}
