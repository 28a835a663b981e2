/** A position in a source, between two items, from which reading can continue. */
export interface SourcePosition {
  /** Byte, or row where the format counts rows. */
  readonly offset: number;
  /** 1-based line of that byte; 1 where the format has no lines. */
  readonly line: number;
}

/** Consecutive items of one source, numbered from 0. */
export interface ItemBlock {
  readonly count: number;
  /** First byte (or row) of an item. */
  start(item: number): number;
  /** Byte (or row) after the item. */
  end(item: number): number;
  /** 1-based line at {@link ItemBlock.end}. */
  line(item: number): number;
}

/** A block that is filled one item at a time. */
export class ItemList implements ItemBlock {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #lines: number[] = [];

  get count(): number {
    return this.#ends.length;
  }

  push(start: number, end: number, line: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
    this.#lines.push(line);
  }

  start(item: number): number {
    return this.#starts[item] as number;
  }

  end(item: number): number {
    return this.#ends[item] as number;
  }

  line(item: number): number {
    return this.#lines[item] as number;
  }
}
