import process from "node:process";
import { batchMark } from "../protocol.ts";

/**
 * Marks in the log that a batch's predict begins. False, and no mark, while earlier prints still wait in this process:
 * stdout and stderr wait apart, so nothing would say what came first.
 */
export function markBegin(batchId: string): boolean {
  if (waiting().length > 0) return false;
  process.stderr.write(batchMark(batchId));
  return true;
}

/** Marks the end of what was begun, behind all that was printed in between. */
export function markEnd(): void {
  const streams = waiting();
  for (const stream of streams.length > 0 ? streams : [process.stderr]) stream.write(batchMark());
}

function waiting(): readonly NodeJS.WriteStream[] {
  return [process.stdout, process.stderr].filter(({ writableLength }) => writableLength > 0);
}
