import type { TerminalStream } from "../context.ts";

const ESC = "\u001b[";
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const WRAP_OFF = `${ESC}?7l`;
const WRAP_ON = `${ESC}?7h`;
const CLEAR_LINE = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;

/** One line of a block. */
export interface ScreenLine {
  /** With colours. */
  readonly text: string;
  /** Columns that it takes. */
  readonly width: number;
}

/**
 * A block of lines at the end of what a terminal shows, drawn over itself. Cursor and line wrapping are back at the
 * end of every write, so that there is nothing to restore, however this process ends.
 */
export class Screen {
  readonly #stream: TerminalStream;
  #shown: readonly ScreenLine[] = [];

  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  get columns(): number {
    return this.#stream.columns || 80;
  }

  /** Lines that a block may have: the cursor stands in one of its own, below. */
  get maxLines(): number {
    return Math.max(1, (this.#stream.rows || 24) - 1);
  }

  draw(lines: readonly ScreenLine[]): void {
    // Lines that are too long are cut by the terminal: a width that is miscounted must not add a row.
    // Cleared before, not behind: at the edge that would take the last character.
    const text = lines.map((line) => `${CLEAR_LINE}${line.text}\r\n`).join("");
    this.#stream.write(
      `${HIDE_CURSOR}${WRAP_OFF}${this.#toStart()}${text}${CLEAR_BELOW}${WRAP_ON}${SHOW_CURSOR}`,
    );
    this.#shown = lines;
  }

  /** Takes the block away. */
  clear(): void {
    if (this.#shown.length === 0) return;
    this.#stream.write(`${this.#toStart()}${CLEAR_BELOW}`);
    this.#shown = [];
  }

  #toStart(): string {
    // A terminal that became narrower has folded what was wider.
    const rows = this.#shown.reduce(
      (sum, { width }) => sum + Math.max(1, Math.ceil(width / this.columns)),
      0,
    );
    return rows === 0 ? "\r" : `\r${ESC}${rows}A`;
  }
}
