const HEAD_BYTES = 8;

/**
 * A vector for each item. On the wire: `u8` 0 for 32 and 1 for 64 bits a number · `u8` 0 for Python and 1 for
 * TypeScript · 2 bytes of padding · `u32` width · the numbers, little-endian.
 */
export interface Vectors {
  readonly values: Float32Array | Float64Array;
  /** Numbers in a vector. */
  readonly width: number;
  /** Whose text of the numbers the rows have. */
  readonly language: "python" | "typescript";
}

/** The vectors of a TypeScript predictor, in mode `vectors`. */
export function encodeVectors({ values, width }: Omit<Vectors, "language">): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + values.byteLength);
  bytes.writeUInt32LE(values instanceof Float32Array ? 0x0100 : 0x0101, 0);
  bytes.writeUInt32LE(width, 4);
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).copy(bytes, HEAD_BYTES);
  return bytes;
}

/** @throws {RangeError} when there is not one vector for each item */
export function decodeVectors(bytes: Buffer, itemCount: number): Vectors {
  const [kind, language] = [bytes.readUInt8(0), bytes.readUInt8(1)];
  const width = bytes.readUInt32LE(4);
  // A copy, since typed arrays are aligned.
  const { buffer } = Uint8Array.from(bytes.subarray(HEAD_BYTES));
  const values = kind === 0 ? new Float32Array(buffer) : new Float64Array(buffer);
  if (values.length !== itemCount * width) {
    throw new RangeError(`Cannot read vectors: ${values.length} numbers, expected ${itemCount} of ${width}`);
  }
  return { values, width, language: language === 0 ? "python" : "typescript" };
}
