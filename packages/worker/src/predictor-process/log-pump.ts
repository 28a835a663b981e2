import type { Readable } from "node:stream";
import { splitAtMarks } from "@millrace/predictor/protocol";
import { LineSplitter } from "./line-splitter.ts";

const LAST_LINES = 50;
const LAST_LINE_CHARS = 500;

/**
 * Called with one line of the predictor's output, and the batch that was being predicted, if known. A pending promise
 * stops further reading.
 */
export type OnLine = (line: string, batch?: string) => void | Promise<void>;

/** Passes on a stream line by line, as fast as the lines are consumed, and keeps the last ones. */
export class LogPump {
  readonly #last: string[] = [];
  readonly #ended: Promise<void>;
  #batch: string | undefined;
  /** True if the last line is one that a terminal overwrites with the next, such as a progress bar. */
  #isState = false;

  constructor(stream: Readable, onLine: OnLine) {
    this.#ended = this.#pump(stream, onLine);
  }

  /** The last lines that a terminal would show, oldest first; long ones are truncated. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  /** Resolves when the stream has ended and every line has been consumed. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  async #pump(stream: Readable, onLine: OnLine): Promise<void> {
    const splitter = new LineSplitter();
    const pass = async (pieces: readonly string[]) => {
      for (const piece of pieces) {
        const passed = this.#see(piece);
        if (!passed) continue;
        const taken = onLine(passed.line, passed.batch);
        if (taken) await taken;
      }
    };
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) await pass(splitter.push(chunk));
    } catch {
      // The stream was destroyed: everything before that has been passed on.
    }
    // Marks alone do not make a line.
    await pass(splitter.end().filter((rest) => splitAtMarks(rest).some((part, at) => at % 2 === 0 && part)));
  }

  /** The line in a piece, or undefined if there is nothing to show. */
  #see(piece: string): { readonly line: string; readonly batch: string | undefined } | undefined {
    const isOverwritten = this.#isState;
    this.#isState = piece.endsWith("\r");
    const text = this.#isState || piece === "\n" ? piece.slice(0, -1) : piece;
    const { line, batch } = this.#withoutMarks(text);
    if (line.trim() === "" && (this.#isState || isOverwritten)) {
      // Nothing before the \r, or nothing after it: this is only the line end of an overwritten line.
      this.#isState &&= isOverwritten;
      return undefined;
    }
    if (isOverwritten) this.#last.pop();
    this.#last.push(line.slice(0, LAST_LINE_CHARS));
    if (this.#last.length > LAST_LINES) this.#last.shift();
    return { line, batch };
  }

  /** A line belongs to the batch in which it starts, even if it ends after the batch. */
  #withoutMarks(marked: string): { readonly line: string; readonly batch: string | undefined } {
    const [first = "", ...rest] = splitAtMarks(marked);
    let line = first;
    let batch = this.#batch;
    for (let at = 0; at < rest.length; at += 2) {
      this.#batch = rest[at] || undefined;
      if (line === "") batch = this.#batch;
      line += rest[at + 1] ?? "";
    }
    return { line, batch };
  }
}
