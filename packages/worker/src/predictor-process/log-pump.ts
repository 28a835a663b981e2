import type { Readable } from "node:stream";
import { splitAtMarks } from "@millrace/predictor/protocol";
import { LineSplitter } from "./line-splitter.ts";

const LAST_LINES = 50;
const LAST_LINE_CHARS = 500;

/**
 * Takes one line of what the predictor printed, and the batch that was being predicted, where that is known. While a
 * returned promise is pending, no more is read.
 */
export type OnLine = (line: string, batch?: string) => void | Promise<void>;

/** Passes a stream on line by line, as fast as they are taken, and remembers the last ones. */
export class LogPump {
  readonly #last: string[] = [];
  readonly #ended: Promise<void>;
  #batch: string | undefined;
  /** What came last is a state that a terminal writes over with the next line, such as of a progress bar. */
  #isState = false;

  constructor(stream: Readable, onLine: OnLine) {
    this.#ended = this.#pump(stream, onLine);
  }

  /** The last lines that a terminal would show, oldest first; long ones clipped. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  /** Resolves when the stream has ended and every line was taken. */
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
      // The stream was destroyed: what came before has been passed on.
    }
    // Marks alone are no line.
    await pass(splitter.end().filter((rest) => splitAtMarks(rest).some((part, at) => at % 2 === 0 && part)));
  }

  /** The line of a piece, unless there is nothing to show of it. */
  #see(piece: string): { readonly line: string; readonly batch: string | undefined } | undefined {
    const isOverwritten = this.#isState;
    this.#isState = piece.endsWith("\r");
    const text = this.#isState || piece === "\n" ? piece.slice(0, -1) : piece;
    const { line, batch } = this.#withoutMarks(text);
    if (line.trim() === "" && (this.#isState || isOverwritten)) {
      // Nothing before the \r, or nothing behind it: the line end of the last state.
      this.#isState &&= isOverwritten;
      return undefined;
    }
    if (isOverwritten) this.#last.pop();
    this.#last.push(line.slice(0, LAST_LINE_CHARS));
    if (this.#last.length > LAST_LINES) this.#last.shift();
    return { line, batch };
  }

  /** A line belongs to the batch in which it begins; one that was ended after its batch, too. */
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
