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
  /** Number of columns. */
  readonly width: number;
}

/**
 * A block of lines at the bottom of a terminal, redrawn in place. Every write resets cursor and line wrapping, so
 * nothing needs restoring, however this process ends.
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

  /** Maximum number of lines in a block: the cursor takes one more line below it. */
  get maxLines(): number {
    return Math.max(1, (this.#stream.rows || 24) - 1);
  }

  draw(lines: readonly ScreenLine[]): void {
    // The terminal cuts lines that are too long: a miscounted width must not add a row. Clear each line before writing,
    // not after: at the edge, clearing would remove the last character.
    const text = lines.map((line) => `${CLEAR_LINE}${line.text}\r\n`).join("");
    this.#stream.write(
      `${HIDE_CURSOR}${WRAP_OFF}${this.#toStart()}${text}${CLEAR_BELOW}${WRAP_ON}${SHOW_CURSOR}`,
    );
    this.#shown = lines;
  }

  /** Removes the block. */
  clear(): void {
    if (this.#shown.length === 0) return;
    this.#stream.write(`${this.#toStart()}${CLEAR_BELOW}`);
    this.#shown = [];
  }

  #toStart(): string {
    // A terminal that became narrower has wrapped the wider lines.
    const rows = this.#shown.reduce(
      (sum, { width }) => sum + Math.max(1, Math.ceil(width / this.columns)),
      0,
    );
    return rows === 0 ? "\r" : `\r${ESC}${rows}A`;
  }
}
