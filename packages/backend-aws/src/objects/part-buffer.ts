const FIRST_BYTES = 16 * 1024;

/** Collects bytes up to a limit. It grows by doubling, so that a small object uses little memory. */
export class PartBuffer {
  readonly #limitBytes: number;
  #bytes = Buffer.alloc(0);
  #length = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Copies as much of `chunk` as fits, and returns the number of bytes copied. */
  add(chunk: Uint8Array): number {
    const taken = Math.min(chunk.length, this.#limitBytes - this.#length);
    const needed = this.#length + taken;
    if (needed > this.#bytes.length) {
      const size = Math.min(this.#limitBytes, Math.max(FIRST_BYTES, 2 * this.#bytes.length, needed));
      const grown = Buffer.allocUnsafe(size);
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#bytes.set(chunk.subarray(0, taken), this.#length);
    this.#length = needed;
    return taken;
  }

  get isFull(): boolean {
    return this.#length === this.#limitBytes;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
