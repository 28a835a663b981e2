import type { LogLineView } from "@millrace/core/rest";

/** A line with the number that it came as. */
export interface NumberedLine extends LogLineView {
  readonly number: number;
  /** Of a text of several lines, such as a traceback, all but the first. */
  readonly isContinued: boolean;
}

/**
 * The last lines of a log, in bounded memory. Adding costs the same whether it is full or not,
 * so that ten thousand lines a second are no burden.
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

  /** Lines that came and are not kept any more. */
  get dropped(): number {
    return Math.max(0, this.#received - this.capacity);
  }

  /** Adds a record; a text of several lines is as many lines here. */
  add(record: LogLineView): void {
    let isContinued = false;
    for (const text of record.text.split("\n")) {
      this.#lines.push({ ...record, text, number: this.#received, isContinued });
      this.#received += 1;
      isContinued = true;
    }
    // Cut off seldom: each cut moves all that is kept.
    if (this.#lines.length >= 2 * this.capacity) this.#lines = this.#lines.slice(-this.capacity);
  }

  clear(): void {
    this.#lines = [];
    this.#received = 0;
  }

  /** The lines that are kept and whose text has `search` in it, whatever the case of its letters; oldest first. */
  select(search: string): readonly NumberedLine[] {
    const kept = this.#lines.slice(-this.capacity);
    if (search === "") return kept;
    const wanted = search.toLowerCase();
    return kept.filter(({ text }) => text.toLowerCase().includes(wanted));
  }
}
