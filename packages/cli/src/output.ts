import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import { styleText } from "node:util";
import type { JobStatus, WorkerStatus } from "@millrace/core";
import type { Context, TerminalStream } from "./context.ts";
import { type Column, renderTable } from "./table.ts";
import { terminalLine, terminalText } from "./terminal-text.ts";

export type Format = "text" | "json";
/** A colour or other style, as `styleText` names it. */
export type Style = Parameters<typeof styleText>[0];

/**
 * Writes a command's output: results to stdout, everything else to stderr. Text goes through {@link terminalText},
 * lines through {@link terminalLine}; bytes do if they go to a terminal.
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

  /** Writes a line for people; nothing with `-o json`. */
  line(text = ""): void {
    if (!this.isJson) this.#stdout.write(`${terminalLine(text)}\n`);
  }

  /** Writes the one document of `-o json`; nothing otherwise. */
  document(value: unknown): void {
    if (this.isJson) this.#stdout.write(`${terminalText(JSON.stringify(value, undefined, 2))}\n`);
  }

  /** Writes a piece of a stream, in both formats; resolves when more can be written. */
  async raw(piece: string | Uint8Array): Promise<void> {
    if (!this.#stdout.write(this.#harmless(piece))) await once(this.#stdout, "drain");
  }

  #harmless(piece: string | Uint8Array): string | Uint8Array {
    if (typeof piece === "string") return terminalText(piece);
    return this.#stdout.isTTY === true ? terminalText(this.#decoder.write(piece)) : piece;
  }

  /** Writes a line that is not part of the result: progress, hints, warnings. */
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
