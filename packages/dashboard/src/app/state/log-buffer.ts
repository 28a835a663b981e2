import type { LogLineView } from "@millrace/core/rest";

/** A line with its sequence number. */
export interface NumberedLine extends LogLineView {
  readonly number: number;
  /** True for every line but the first of a multi-line text, such as a traceback. */
  readonly isContinued: boolean;
}

/**
 * The last lines of a log, in bounded memory. Adding costs the same whether it is full or not, so that it can take ten
 * thousand lines a second.
 */
export class LogBuffer {
  readonly capacity: number;
  #lines: NumberedLine[] = [];
  #received = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get received(): number {
    return this.#received;
  }

  /** Number of lines that were received but are no longer kept. */
  get dropped(): number {
    return Math.max(0, this.#received - this.capacity);
  }

  /** Adds a record; a multi-line text becomes several lines. */
  add(record: LogLineView): void {
    let isContinued = false;
    for (const text of record.text.split("\n")) {
      this.#lines.push({ ...record, text, number: this.#received, isContinued });
      this.#received += 1;
      isContinued = true;
    }
    // Trimmed rarely, because each time moves all kept lines.
    if (this.#lines.length >= 2 * this.capacity) this.#lines = this.#lines.slice(-this.capacity);
  }

  clear(): void {
    this.#lines = [];
    this.#received = 0;
  }

  /** The kept lines whose text contains `search`, ignoring case; oldest first. */
  select(search: string): readonly NumberedLine[] {
    const kept = this.#lines.slice(-this.capacity);
    if (search === "") return kept;
    const wanted = search.toLowerCase();
    return kept.filter(({ text }) => text.toLowerCase().includes(wanted));
  }
}
