import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import { styleText } from "node:util";
import type { JobStatus, WorkerStatus } from "@millrace/core";
import type { Context, TerminalStream } from "./context.ts";
import { type Column, renderTable } from "./table.ts";
import { terminalLine, terminalText } from "./terminal-text.ts";

export type Format = "text" | "json";
/** A colour or the like, as `styleText` names it. */
export type Style = Parameters<typeof styleText>[0];

/**
 * Where a command writes: what was asked for to stdout, everything else to stderr. All text passes {@link terminalText},
 * lines {@link terminalLine}; bytes do where a terminal gets them.
 */
export class Output {
  readonly format: Format;
  readonly #stdout: TerminalStream;
  readonly #stderr: TerminalStream;
  readonly #noColour: boolean;
  readonly #decoder = new StringDecoder("utf8");

  constructor(context: Context, format: Format) {
    this.format = format;
    this.#stdout = context.stdout;
    this.#stderr = context.stderr;
    // https://no-color.org: set and not empty, whatever its value
    this.#noColour = (context.env.NO_COLOR ?? "") !== "" || context.env.TERM === "dumb";
  }

  get isJson(): boolean {
    return this.format === "json";
  }

  /** A line for people: nothing under `-o json`. */
  line(text = ""): void {
    if (!this.isJson) this.#stdout.write(`${terminalLine(text)}\n`);
  }

  /** The one document of `-o json`: nothing otherwise. */
  document(value: unknown): void {
    if (this.isJson) this.#stdout.write(`${terminalText(JSON.stringify(value, undefined, 2))}\n`);
  }

  /** A piece of a stream, under both formats; resolves when more may be written. */
  async raw(piece: string | Uint8Array): Promise<void> {
    if (!this.#stdout.write(this.#harmless(piece))) await once(this.#stdout, "drain");
  }

  #harmless(piece: string | Uint8Array): string | Uint8Array {
    if (typeof piece === "string") return terminalText(piece);
    return this.#stdout.isTTY === true ? terminalText(this.#decoder.write(piece)) : piece;
  }

  /** A line that is not the answer: progress, hints, warnings. */
  note(text: string): void {
    this.#stderr.write(`${terminalLine(text)}\n`);
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    const [titles = "", ...lines] = renderTable(columns, rows);
    this.line(this.style("bold", titles));
    for (const line of lines) this.line(line);
  }

  /** Styled on a terminal, plain elsewhere. */
  style(style: Style, text: string, on: "stdout" | "stderr" = "stdout"): string {
    const stream = on === "stdout" ? this.#stdout : this.#stderr;
    if (this.#noColour || stream.isTTY !== true) return text;
    return styleText(style, text, { validateStream: false });
  }

  /** A status in its colour. */
  status(status: JobStatus | WorkerStatus): string {
    return this.style(statusStyle(status), status);
  }
}

/** The colour of a status. */
export function statusStyle(status: JobStatus | WorkerStatus): Style {
  if (status === "succeeded") return "green";
  if (status === "completed_with_failures" || status === "stopped" || status === "stalled") return "yellow";
  if (status === "running" || status === "initializing") return "cyan";
  return status === "pending" || status === "enqueuing" ? "gray" : "red";
}
