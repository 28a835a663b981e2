import type { Readable } from "node:stream";
import { splitAtMarks } from "@millrace/predictor/protocol";
import { LineSplitter } from "./line-splitter.ts";

const LAST_LINES = 20;
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

  constructor(stream: Readable, onLine: OnLine) {
    this.#ended = this.#pump(stream, onLine);
  }

  /** The last lines seen, oldest first; long ones clipped. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  /** Resolves when the stream has ended and every line was taken. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  async #pump(stream: Readable, onLine: OnLine): Promise<void> {
    const splitter = new LineSplitter();
    const pass = async (lines: readonly string[]) => {
      for (const marked of lines) {
        const { line, batch } = this.#withoutMarks(marked);
        this.#remember(line);
        const taken = onLine(line, batch);
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

  #remember(line: string): void {
    this.#last.push(line.slice(0, LAST_LINE_CHARS));
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }
}
