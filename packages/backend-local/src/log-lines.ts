import { open } from "node:fs/promises";
import type { LogLine } from "@millrace/core";
import { systemCode, translateFileError } from "./object-errors.ts";

/** As a line is kept; the worker is the file's. */
interface StoredLine {
  readonly t: number;
  readonly l: LogLine["level"];
  readonly b?: string;
  readonly x: string;
}

export function encodeLine({ timeMs, level, batch, text }: LogLine): string {
  const stored: StoredLine = { t: timeMs, l: level, ...(batch !== undefined && { b: batch }), x: text };
  return `${JSON.stringify(stored)}\n`;
}

/** A line that a killed process left half-written is skipped. */
function decodeLine(json: string, worker: number | null): LogLine | undefined {
  try {
    const { t, l, b, x } = JSON.parse(json) as StoredLine;
    if (typeof t !== "number" || typeof x !== "string") return undefined;
    return { timeMs: t, level: l, worker, ...(b !== undefined && { batch: b }), text: x };
  } catch {
    return undefined;
  }
}

/** Reads one log file forward, whole lines only. The file is opened for each piece: a job may have 1,000 of them. */
export class LogFileReader {
  readonly file: string;
  readonly worker: number | null;
  /** Bytes read so far; those of `#rest` included. */
  position = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(file: string, worker: number | null) {
    this.file = file;
    this.worker = worker;
  }

  /** The whole lines of the next piece, or undefined at the end of the file as it is now. */
  async next(bytes: number): Promise<readonly LogLine[] | undefined> {
    for (;;) {
      const piece = await this.#read(bytes);
      if (piece.length === 0) return undefined;
      this.position += piece.length;
      const end = piece.lastIndexOf(0x0a) + 1;
      if (end === 0) {
        this.#rest = Buffer.concat([this.#rest, piece]);
        continue;
      }
      const text = Buffer.concat([this.#rest, piece.subarray(0, end)]).toString("utf8");
      this.#rest = Buffer.from(piece.subarray(end));
      const lines = text
        .split("\n")
        .filter((json) => json !== "")
        .map((json) => decodeLine(json, this.worker))
        .filter((line) => line !== undefined);
      if (lines.length > 0) return lines;
    }
  }

  async #read(bytes: number): Promise<Buffer> {
    try {
      const handle = await open(this.file, "r");
      try {
        const buffer = Buffer.allocUnsafe(bytes);
        const { bytesRead } = await handle.read(buffer, 0, bytes, this.position);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (systemCode(error) === "ENOENT") return Buffer.alloc(0);
      throw translateFileError(error, this.file);
    }
  }
}
