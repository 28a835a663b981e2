import { open, stat } from "node:fs/promises";
import { badPosition, type LogSource, type StoredLogLine, systemCode } from "@millrace/core";
import { translateFileError } from "../objects/object-errors.ts";
import { decodeLine } from "./log-lines.ts";

const NEWLINE = 0x0a;
const SEEK_BYTES = 64 * 1024;

/** @throws {MillraceError} invalid_request */
export function checkPosition(position: string): void {
  if (!/^\d{1,15}$/.test(position)) throw badPosition(position);
}

/**
 * Reads one log file forward, whole lines only. It keeps only its position and opens the file for each chunk: a job may
 * have thousands of log files, and several readers.
 */
export class LogFileReader implements LogSource {
  readonly worker: number | null;
  readonly #file: string;
  #offset = 0;
  /** Size when last checked. */
  #size = 0;

  constructor(file: string, worker: number | null) {
    this.#file = file;
    this.worker = worker;
  }

  /** Where reading continues: the byte after the last line that was returned. */
  get position(): string {
    return String(this.#offset);
  }

  /** True when the file has bytes that were not returned yet. */
  async hasMore(): Promise<boolean> {
    return (await this.#look()) > this.#offset;
  }

  /** Continues after `position`, or at the end if the file has become shorter than that. */
  async seekPosition(position: string): Promise<void> {
    this.#offset = Math.min(Number(position), await this.#look());
  }

  /** Moves to just before the first line at or after `sinceMs`: times within a file ascend. */
  async seekTime(sinceMs: number): Promise<void> {
    let high = await this.#look();
    while (high - this.#offset > SEEK_BYTES) {
      const middle = Math.floor((this.#offset + high) / 2);
      const line = await this.#lineAfter(middle);
      if (line && line.timeMs < sinceMs) this.#offset = line.start;
      else high = middle;
    }
  }

  /** Moves to before the last `lines` of the remaining lines. */
  async seekLast(lines: number): Promise<void> {
    let found = 0;
    for (let end = await this.#look(); end > this.#offset; ) {
      const start = Math.max(this.#offset, end - SEEK_BYTES);
      const block = await this.#read(start, end - start);
      for (let at = block.length - 1; at >= 0; at -= 1) {
        // The first newline found is the one that ends the last line.
        if (block[at] !== NEWLINE || found++ < lines) continue;
        this.#offset = start + at + 1;
        return;
      }
      end = start;
    }
  }

  async next({ bytes }: { readonly bytes: number }): Promise<readonly StoredLogLine[] | undefined> {
    // Do not allocate a whole chunk for the few lines that a worker writes between two polls.
    const left = this.#size > this.#offset ? this.#size - this.#offset : bytes;
    for (let want = Math.min(bytes, left); ; ) {
      const piece = await this.#read(this.#offset, want);
      const end = piece.lastIndexOf(NEWLINE) + 1;
      if (end === 0) {
        if (piece.length < want) return undefined;
        want *= 2; // A line longer than the chunk.
        continue;
      }
      const lines = this.#decode(piece.subarray(0, end));
      this.#offset += end;
      if (lines.length > 0) return lines;
    }
  }

  #decode(piece: Buffer): StoredLogLine[] {
    const lines: StoredLogLine[] = [];
    for (let start = 0; start < piece.length; ) {
      const end = piece.indexOf(NEWLINE, start) + 1;
      const line = decodeLine(piece.toString("utf8", start, end), this.worker);
      if (line) lines.push({ ...line, position: String(this.#offset + end) });
      start = end;
    }
    return lines;
  }

  /** The first line that begins after `offset`, if there is one within a block. */
  async #lineAfter(offset: number): Promise<{ readonly start: number; readonly timeMs: number } | undefined> {
    const block = await this.#read(offset, SEEK_BYTES);
    for (let start = block.indexOf(NEWLINE) + 1; start > 0; ) {
      const end = block.indexOf(NEWLINE, start) + 1;
      if (end === 0) return undefined;
      const line = decodeLine(block.toString("utf8", start, end), this.worker);
      if (line) return { start: offset + start, timeMs: line.timeMs };
      start = end;
    }
    return undefined;
  }

  async #read(offset: number, bytes: number): Promise<Buffer> {
    try {
      const handle = await open(this.#file, "r");
      try {
        const buffer = Buffer.allocUnsafe(bytes);
        const { bytesRead } = await handle.read(buffer, 0, bytes, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (systemCode(error) === "ENOENT") return Buffer.alloc(0);
      throw translateFileError(error, this.#file);
    }
  }

  async #look(): Promise<number> {
    this.#size = await stat(this.#file).then(
      ({ size }) => size,
      () => 0,
    );
    return this.#size;
  }
}
