import { setTimeout as delay } from "node:timers/promises";
import { forEachAtOnce, type LogFollowQuery, type StoredLogLine } from "@millrace/core";
import type { LogFileReader } from "./log-file-reader.ts";
import type { LogFiles } from "./log-files.ts";

/** How often `follow` checks file sizes. Polling works on every runtime and file system. */
const FOLLOW_MS = 200;
/** Added per file: a check costs about 50 microseconds, so polling uses at most a tenth of a core. */
const FOLLOW_MS_PER_FILE = 0.5;

/** Yields lines only as fast as they are consumed: nothing is buffered for a slow reader. */
export async function* followLogs(
  files: LogFiles,
  { signal, ending }: LogFollowQuery,
): AsyncGenerator<StoredLogLine> {
  const wake = ending ? AbortSignal.any([signal, ending]) : signal;
  try {
    while (!signal.aborted) {
      const isEnding = ending?.aborted === true;
      const readers = await files.readers();
      const grown = new Set<LogFileReader>();
      await forEachAtOnce(readers, async (reader) => {
        if (await reader.hasMore()) grown.add(reader);
      });
      let found = false;
      for await (const line of files.lines(readers.filter((reader) => grown.has(reader)))) {
        found = true;
        yield line;
      }
      if (isEnding && !found) return;
      const pauseMs = Math.max(FOLLOW_MS, FOLLOW_MS_PER_FILE * readers.length);
      await delay(pauseMs, undefined, { signal: wake }).catch(() => {});
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
