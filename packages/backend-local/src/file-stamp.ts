import { statSync } from "node:fs";

/** The clock of files ticks every few milliseconds: a file that was written this lately may be written again in one tick. */
const SETTLED_AFTER_MS = 2_000;

/**
 * What changes whenever a SQLite file is written: sizes and times of the file and its log. Undefined when it is not there,
 * or was written so lately that it may change without changing that.
 */
export function stampOf(file: string): string | undefined {
  const main = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (!main) return undefined;
  const log = statSync(`${file}-wal`, { bigint: true, throwIfNoEntry: false });
  // Whoever opens the file makes an empty log, and removes it.
  const parts = log && log.size > 0n ? [main, log] : [main];
  const writtenMs = Math.max(...parts.map(({ mtimeMs }) => Number(mtimeMs)));
  if (Math.abs(Date.now() - writtenMs) < SETTLED_AFTER_MS) return undefined;
  return parts.map(({ ino, size, mtimeNs }) => `${ino}:${size}:${mtimeNs}`).join(" ");
}
