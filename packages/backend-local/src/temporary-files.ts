import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** Longer than anything is half-written. */
const ABANDONED_AFTER_MS = 3_600_000;

/** What the service writes aside in the home and renames, such as `token.1f00ba`. */
const ASIDE = /^(service\.json|sessions\.json|token)\.[0-9a-f]+$/;

/** Removes what services that were killed left half-written in the home; to be called by who has it locked. */
export function sweepAsides(root: string): void {
  for (const name of readdirSync(root)) if (ASIDE.test(name)) rmSync(join(root, name), { force: true });
}

/** Removes what killed processes left half-written. */
export function sweepTemporary(directory: string, nowMs: number): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    const modifiedAtMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (nowMs - modifiedAtMs > ABANDONED_AFTER_MS) rmSync(file, { recursive: true, force: true });
  }
}
