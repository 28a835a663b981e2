import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut into pieces. */
const MAX_LINE_CHARS = 64 * 1024;

/** Cuts a byte stream into lines without their line ends; invalid UTF-8 is replaced. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** The lines that `chunk` completes. */
  push(chunk: Buffer): readonly string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    const pieces = lines.flatMap((line) => cut(withoutCarriageReturn(line)));
    while (this.#rest.length > MAX_LINE_CHARS) {
      pieces.push(this.#rest.slice(0, MAX_LINE_CHARS));
      this.#rest = this.#rest.slice(MAX_LINE_CHARS);
    }
    return pieces;
  }

  /** What is left when the stream ends. */
  end(): readonly string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    return rest === "" ? [] : cut(withoutCarriageReturn(rest));
  }
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function cut(line: string): readonly string[] {
  if (line.length <= MAX_LINE_CHARS) return [line];
  const pieces: string[] = [];
  for (let start = 0; start < line.length; start += MAX_LINE_CHARS) {
    pieces.push(line.slice(start, start + MAX_LINE_CHARS));
  }
  return pieces;
}
