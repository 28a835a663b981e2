import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** Longer than anything is half-written. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Removes what killed processes left half-written. */
export function sweepTemporary(directory: string, nowMs: number): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    const modifiedAtMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (nowMs - modifiedAtMs > ABANDONED_AFTER_MS) rmSync(file, { recursive: true, force: true });
  }
}
