import type { Readable } from "node:stream";
import { LineSplitter } from "./line-splitter.ts";

const LAST_LINES = 20;
const LAST_LINE_CHARS = 500;

/** Takes one line of what the predictor printed. While a returned promise is pending, no more is read. */
export type OnLine = (line: string) => void | Promise<void>;

/** Passes a stream on line by line, as fast as they are taken, and remembers the last ones. */
export class LogPump {
  readonly #last: string[] = [];
  readonly #ended: Promise<void>;

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
      for (const line of lines) {
        this.#remember(line);
        const taken = onLine(line);
        if (taken) await taken;
      }
    };
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) await pass(splitter.push(chunk));
    } catch {
      // The stream was destroyed: what came before has been passed on.
    }
    await pass(splitter.end());
  }

  #remember(line: string): void {
    this.#last.push(line.slice(0, LAST_LINE_CHARS));
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }
}
