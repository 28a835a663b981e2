import process from "node:process";
import { batchMark } from "../protocol.ts";

/**
 * Writes a mark to the log when a batch's predict starts. Returns false, without a mark, while earlier output is still
 * buffered in this process: stdout and stderr are buffered separately, so the order would be unclear.
 */
export function markBegin(batchId: string): boolean {
  if (waiting().length > 0) return false;
  process.stderr.write(batchMark(batchId));
  return true;
}

/** Writes the end mark after everything printed since the start mark. */
export function markEnd(): void {
  const streams = waiting();
  for (const stream of streams.length > 0 ? streams : [process.stderr]) stream.write(batchMark());
}

function waiting(): readonly NodeJS.WriteStream[] {
  return [process.stdout, process.stderr].filter(({ writableLength }) => writableLength > 0);
}
