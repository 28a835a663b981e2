import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut into pieces. */
const MAX_LINE_CHARS = 64 * 1024;
const LINE_END = /\r\n|\n|\r/g;

/**
 * Cuts a byte stream into lines; invalid UTF-8 is replaced. Lines come without their line ends, except that a line
 * keeps a final `\r` if a terminal would overwrite it, such as a progress bar. A `\n` that turns out to belong to that
 * `\r` comes as a separate line.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  /** The last character was a `\r`. */
  #isReturned = false;

  /** Returns the lines that `chunk` completes. */
  push(chunk: Buffer): readonly string[] {
    const text = this.#decoder.write(chunk);
    const pieces: string[] = [];
    let start = 0;
    if (this.#isReturned && text !== "") {
      if (text.startsWith("\n")) {
        pieces.push("\n");
        start = 1;
      }
      this.#isReturned = false;
    }
    LINE_END.lastIndex = start;
    for (let end = LINE_END.exec(text); end; end = LINE_END.exec(text)) {
      const isReturn = end[0] === "\r";
      this.#add(pieces, `${this.#rest}${text.slice(start, end.index)}${isReturn ? "\r" : ""}`);
      this.#rest = "";
      start = LINE_END.lastIndex;
      this.#isReturned = isReturn && start === text.length;
    }
    this.#rest += text.slice(start);
    while (this.#rest.length > MAX_LINE_CHARS) {
      pieces.push(this.#rest.slice(0, MAX_LINE_CHARS));
      this.#rest = this.#rest.slice(MAX_LINE_CHARS);
    }
    return pieces;
  }

  /** Returns the rest when the stream ends. */
  end(): readonly string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    const pieces: string[] = [];
    if (rest !== "") this.#add(pieces, rest);
    return pieces;
  }

  #add(pieces: string[], line: string): void {
    for (let start = 0; start === 0 || start < line.length; start += MAX_LINE_CHARS) {
      pieces.push(line.slice(start, start + MAX_LINE_CHARS));
    }
  }
}
