import { appendFile, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LogLine, LogStore } from "@millrace/core";
import { type Home, isSafeName } from "./home.ts";
import { encodeLine, LogFileReader } from "./log-lines.ts";
import { mergeLogs } from "./log-merge.ts";
import { systemCode, translateFileError } from "./object-errors.ts";

/** How often `follow` looks at file sizes: looking costs 10 microseconds a worker, and works on every runtime. */
const FOLLOW_MS = 200;

/** Log lines of jobs: one NDJSON file per worker, and one of the service. */
export function localLogStore(home: Home): LogStore {
  const writers = new Map<string, Promise<void>>();
  return {
    append: async (jobId, worker, lines) => {
      if (lines.length === 0 || !isSafeName(jobId)) return;
      const file = join(home.logsDirectory(jobId), logFileName(worker));
      // One write at a time per file, so that lines stay in the order in which they were given.
      const before = writers.get(file);
      const write = (before ?? Promise.resolve())
        .catch(() => {})
        .then(() => appendLines(file, { lines, directory: home.logsDirectory(jobId), first: !before }));
      writers.set(file, write);
      await write;
    },
    read: async function* (jobId, { worker, signal } = {}) {
      yield* mergeLogs(await openReaders(home, jobId, { worker, known: new Map() }), signal);
    },
    follow: (jobId, { worker, signal }) => followLogs(home, jobId, { worker, signal }),
    delete: async (jobId) => {
      if (!isSafeName(jobId)) return;
      const directory = home.logsDirectory(jobId);
      for (const file of writers.keys()) if (file.startsWith(`${directory}/`)) writers.delete(file);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function logFileName(worker: number | null): string {
  return worker === null ? "service.ndjson" : `worker-${String(worker).padStart(5, "0")}.ndjson`;
}

async function appendLines(
  file: string,
  { lines, directory, first }: { lines: readonly LogLine[]; directory: string; first: boolean },
): Promise<void> {
  const text = lines.map(encodeLine).join("");
  try {
    // An earlier process may have been killed within a line: begin a new one.
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

interface ReaderQuery {
  readonly worker: number | null | undefined;
  /** Readers made before, by file name; new ones are added. */
  readonly known: Map<string, LogFileReader>;
}

/** Readers of the files that match, the service's first, then workers by number. */
async function openReaders(
  home: Home,
  jobId: string,
  { worker, known }: ReaderQuery,
): Promise<LogFileReader[]> {
  const names = isSafeName(jobId) ? await logFiles(home.logsDirectory(jobId)) : [];
  const readers: LogFileReader[] = [];
  for (const name of names) {
    const number = /^worker-(\d+)\.ndjson$/.exec(name)?.[1];
    if (number === undefined && name !== logFileName(null)) continue;
    const of = number === undefined ? null : Number(number);
    if (worker !== undefined && of !== worker) continue;
    const reader = known.get(name) ?? new LogFileReader(join(home.logsDirectory(jobId), name), of);
    known.set(name, reader);
    readers.push(reader);
  }
  return readers;
}

async function logFiles(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw translateFileError(error, directory);
  }
}

async function* followLogs(
  home: Home,
  jobId: string,
  { worker, signal }: { readonly worker: number | null | undefined; readonly signal: AbortSignal },
): AsyncGenerator<LogLine> {
  const known = new Map<string, LogFileReader>();
  while (!signal.aborted) {
    const readers = await openReaders(home, jobId, { worker, known });
    const grown: LogFileReader[] = [];
    for (const reader of readers) if ((await fileSize(reader.file)) > reader.position) grown.push(reader);
    for await (const line of mergeLogs(grown)) {
      if (signal.aborted) return;
      yield line;
    }
    await delay(FOLLOW_MS, undefined, { signal }).catch(() => {});
  }
}

async function fileSize(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
