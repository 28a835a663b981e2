import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type LogQuery, mergeLogs, type StoredLogLine, systemCode } from "@millrace/core";
import { type Home, isSafeName } from "../home/home.ts";
import { translateFileError } from "../objects/object-errors.ts";
import { checkPosition, LogFileReader } from "./log-file-reader.ts";

/** Memory used for merging: in total, and limits per file. */
const PIECES = {
  totalBytes: 16 * 1024 * 1024,
  smallestPieceBytes: 4 * 1024,
  largestPieceBytes: 256 * 1024,
} as const;

/** The log files of one job, as selected by a query. */
export class LogFiles {
  readonly #directory: string | undefined;
  readonly #query: LogQuery;
  readonly #readers = new Map<string, LogFileReader>();

  /** @throws {MillraceError} invalid_request for a malformed position */
  constructor(home: Home, { jobId, ...query }: LogQuery & { readonly jobId: string }) {
    this.#directory = isSafeName(jobId) ? home.logsDirectory(jobId) : undefined;
    this.#query = query;
    for (const position of query.after?.values() ?? []) checkPosition(position);
  }

  /** Readers for the existing files: the service's first, then the workers' by number. */
  async readers(): Promise<readonly LogFileReader[]> {
    const { workers, after, sinceMs } = this.#query;
    for (const name of await this.#names()) {
      if (this.#readers.has(name)) continue;
      const worker = workerOf(name);
      if (worker === undefined || (workers && !workers.includes(worker))) continue;
      const reader = new LogFileReader(join(this.#directory ?? "", name), worker);
      const position = after?.get(worker);
      if (position !== undefined) await reader.seekPosition(position);
      if (sinceMs !== undefined) await reader.seekTime(sinceMs);
      this.#readers.set(name, reader);
    }
    return [...this.#readers.values()];
  }

  /** The lines of `readers` up to the current end of each file, merged by time. */
  async *lines(readers: readonly LogFileReader[]): AsyncGenerator<StoredLogLine> {
    const { sinceMs = Number.NEGATIVE_INFINITY, signal } = this.#query;
    for await (const line of mergeLogs(readers, { ...PIECES, signal })) {
      if (line.timeMs >= sinceMs) yield line;
    }
  }

  async #names(): Promise<string[]> {
    if (this.#directory === undefined) return [];
    try {
      return (await readdir(this.#directory)).sort();
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      throw translateFileError(error, this.#directory);
    }
  }
}

export function logFileName(worker: number | null): string {
  return worker === null ? "service.ndjson" : `worker-${String(worker).padStart(5, "0")}.ndjson`;
}

/** The worker that a log file belongs to, null for the service; undefined if the file is not a log. */
function workerOf(name: string): number | null | undefined {
  if (name === logFileName(null)) return null;
  const number = /^worker-(\d+)\.ndjson$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}
