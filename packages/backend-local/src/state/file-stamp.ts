import { statSync } from "node:fs";

/** The clock of files ticks every few milliseconds: a file that was written this lately may be written again in one tick. */
const SETTLED_AFTER_MS = 2_000;

export interface FileStamp {
  /** Changes whenever the SQLite file is written: sizes and times of the file and its log. */
  readonly text: string;
  /** Everything is in the file itself, and nothing in a log. */
  readonly isAtRest: boolean;
}

/** Undefined when the file is not there, or was written so lately that it may change without changing its stamp. */
export function stampOf(file: string): FileStamp | undefined {
  const main = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (!main) return undefined;
  const log = statSync(`${file}-wal`, { bigint: true, throwIfNoEntry: false });
  // Whoever opens the file makes an empty log, and removes it.
  const parts = log && log.size > 0n ? [main, log] : [main];
  const writtenMs = Math.max(...parts.map(({ mtimeMs }) => Number(mtimeMs)));
  if (Math.abs(Date.now() - writtenMs) < SETTLED_AFTER_MS) return undefined;
  const text = parts.map(({ ino, size, mtimeNs }) => `${ino}:${size}:${mtimeNs}`).join(" ");
  return { text, isAtRest: parts.length === 1 };
}
