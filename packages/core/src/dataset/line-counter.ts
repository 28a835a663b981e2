import type { Buffer } from "node:buffer";

const NEWLINE = 10;

/** Counts lines up to increasing positions, in bytes that arrive in chunks. */
export class LineCounter {
  #line: number;
  #bytes: Buffer | undefined;
  /** Position of the next line end; past all bytes when there is none, so that the search is not repeated. */
  #newline = 0;

  constructor(line: number) {
    this.#line = line;
  }

  /** 1-based line of the last position. */
  get line(): number {
    return this.#line;
  }

  /** Continues with the next chunk; the one before it is counted to its end. */
  begin(bytes: Buffer): void {
    if (this.#bytes) this.lineAt(this.#bytes.length);
    this.#bytes = bytes;
    this.#find(0);
  }

  /** The line of a position in the chunk. */
  lineAt(position: number): number {
    while (this.#newline < position) {
      this.#line += 1;
      this.#find(this.#newline + 1);
    }
    return this.#line;
  }

  #find(from: number): void {
    const at = this.#bytes?.indexOf(NEWLINE, from) ?? -1;
    this.#newline = at < 0 ? Number.POSITIVE_INFINITY : at;
  }
}
