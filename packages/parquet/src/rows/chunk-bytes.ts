import { Buffer } from "node:buffer";
import type { ByteSource } from "../byte-source.ts";
import { damaged } from "../parquet-error.ts";

/** The bytes of a column's pages, read ahead so that small pages do not cost a read each. */
export class ChunkBytes {
  readonly #source: ByteSource;
  readonly #readAheadBytes: number;
  /** Limit for reading ahead. */
  readonly #end: number;
  #held: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };

  constructor(source: ByteSource, options: { readonly end: number; readonly readAheadBytes: number }) {
    this.#source = source;
    this.#end = options.end;
    this.#readAheadBytes = options.readAheadBytes;
  }

  /** Up to `size` bytes starting at `start`; fewer at the end of the file. */
  async upTo(start: number, size: number): Promise<Buffer> {
    return await this.#range(start, Math.min(this.#source.sizeBytes, start + size));
  }

  /** The bytes `[start, end)`. @throws {ParquetError} when the file does not contain them */
  async exactly(start: number, end: number): Promise<Buffer> {
    if (end > this.#source.sizeBytes) throw damaged("a page goes past the end of the file");
    return await this.#range(start, end);
  }

  async #range(start: number, end: number): Promise<Buffer> {
    const held = this.#held;
    const offset = start - held.start;
    if (offset >= 0 && end <= held.start + held.bytes.length)
      return held.bytes.subarray(offset, offset + end - start);
    const ahead = Math.min(this.#end, start + this.#readAheadBytes);
    const read = await this.#source.read(start, Math.max(end, ahead));
    const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
    this.#held = { start, bytes };
    return bytes.subarray(0, end - start);
  }
}
