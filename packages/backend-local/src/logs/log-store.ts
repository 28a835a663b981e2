import { appendFile, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  beforeLast,
  type LogLine,
  type LogStore,
  type StoredLogLine,
  systemCode,
  Turns,
} from "@millrace/core";
import { type Home, isSafeName } from "../home/home.ts";
import { translateFileError } from "../objects/object-errors.ts";
import { LogFiles, logFileName } from "./log-files.ts";
import { followLogs } from "./log-follow.ts";
import { encodeLine } from "./log-lines.ts";

/** Log lines of jobs: one NDJSON file per worker, and one for the service. */
export function localLogStore(home: Home): LogStore {
  const turns = new Turns();
  /** Files to which this process has written. */
  const begun = new Set<string>();
  return {
    append: async (jobId, worker, lines) => {
      if (lines.length === 0 || !isSafeName(jobId)) return;
      const file = join(home.logsDirectory(jobId), logFileName(worker));
      // One write at a time per file keeps lines in the order in which they arrived.
      await turns.run(file, async () => {
        const first = !begun.has(file);
        begun.add(file);
        await appendLines(file, { lines, directory: home.logsDirectory(jobId), first });
      });
    },
    read: (jobId, query = {}) => readLogs(new LogFiles(home, { ...query, jobId })),
    follow: (jobId, query) => followLogs(new LogFiles(home, { ...query, jobId }), query),
    beforeLast: async (jobId, lines, query = {}) => {
      const files = new LogFiles(home, { ...query, jobId });
      const readers = await files.readers();
      for (const reader of readers) await reader.seekLast(lines);
      const starts = new Map(readers.map(({ worker, position }) => [worker, position]));
      return beforeLast(files.lines(readers), { count: lines, starts });
    },
    delete: async (jobId) => {
      if (!isSafeName(jobId)) return;
      const directory = home.logsDirectory(jobId);
      for (const file of begun) if (file.startsWith(`${directory}/`)) begun.delete(file);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function* readLogs(files: LogFiles): AsyncGenerator<StoredLogLine> {
  yield* files.lines(await files.readers());
}

async function appendLines(
  file: string,
  { lines, directory, first }: { lines: readonly LogLine[]; directory: string; first: boolean },
): Promise<void> {
  const text = lines.map(encodeLine).join("");
  try {
    // An earlier process may have been killed in the middle of a line: start a new one.
    const start = first && (await endsWithinLine(file)) ? "\n" : "";
    await appendOrCreate(file, start + text, directory);
  } catch (error) {
    throw translateFileError(error, file);
  }
}

async function appendOrCreate(file: string, text: string, directory: string): Promise<void> {
  try {
    await appendFile(file, text);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    await mkdir(directory, { recursive: true });
    await appendFile(file, text);
  }
}

async function endsWithinLine(file: string): Promise<boolean> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size === 0) return false;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== 0x0a;
  } finally {
    await handle.close();
  }
}
