import { statSync } from "node:fs";

/**
 * File timestamps have a granularity of some milliseconds: a file written this recently may change again within one
 * tick.
 */
const SETTLED_AFTER_MS = 2_000;

export interface FileStamp {
  /** Changes whenever the SQLite file is written: sizes and times of the file and its log. */
  readonly text: string;
  /** Everything is in the file itself; the log is empty or missing. */
  readonly isAtRest: boolean;
}

/** Undefined when the file is missing, or was written so recently that it may change without changing its stamp. */
export function stampOf(file: string): FileStamp | undefined {
  const main = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (!main) return undefined;
  const log = statSync(`${file}-wal`, { bigint: true, throwIfNoEntry: false });
  // Opening the file creates an empty log, and closing removes it, so an empty log is ignored.
  const parts = log && log.size > 0n ? [main, log] : [main];
  const writtenMs = Math.max(...parts.map(({ mtimeMs }) => Number(mtimeMs)));
  if (Math.abs(Date.now() - writtenMs) < SETTLED_AFTER_MS) return undefined;
  const text = parts.map(({ ino, size, mtimeNs }) => `${ino}:${size}:${mtimeNs}`).join(" ");
  return { text, isAtRest: parts.length === 1 };
}
