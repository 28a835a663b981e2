import { randomUUID } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { identify } from "@millrace/process-tree";
import { namesIn } from "./names-in.ts";

/** Longer than any write takes. Applies to files whose name does not say which process writes them. */
const ABANDONED_AFTER_MS = 3_600_000;
/** Files that the service writes in the home and then renames, such as `token.1f00ba`. */
const ASIDE = /^(service\.json|sessions\.json|token)\.[0-9a-f]+$/;
/** Kind, process number and start time of the writer, as made by {@link temporaryName}. */
const OWNED = /^[a-z]+-(\d+)-(\w+)-/;

let ownStart: string | undefined;

/** A name for a file that this process writes and then renames. If the process dies first, a sweep removes the file. */
export function temporaryName(kind: string): string {
  ownStart ??= startOf(process.pid) ?? "unknown";
  return `${kind}-${process.pid}-${ownStart}-${randomUUID()}`;
}

/** Removes partially written files that killed services left in the home. The caller must hold the lock. */
export function sweepAsides(root: string): void {
  for (const name of readdirSync(root)) if (ASIDE.test(name)) rmSync(join(root, name), { force: true });
}

/** Removes partially written files of dead processes, such as the output of a killed worker. */
export function sweepDead(directory: string): void {
  for (const name of namesIn(directory)) {
    const [, pid = "", start] = OWNED.exec(name) ?? [];
    if (pid === "" || start === "unknown" || startOf(Number(pid)) === start) continue;
    remove(join(directory, name));
  }
}

/** Like {@link sweepDead}, and also removes what has not been written to for an hour. */
export function sweepTemporary(directory: string, nowMs: number): void {
  sweepDead(directory);
  for (const name of namesIn(directory)) {
    if (OWNED.test(name) && !name.includes("-unknown-")) continue;
    const file = join(directory, name);
    const modifiedAtMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (nowMs - modifiedAtMs > ABANDONED_AFTER_MS) remove(file);
  }
}

/** When a process started, in a form that fits into a name; undefined if it is gone. */
function startOf(pid: number): string | undefined {
  return identify(pid).startId?.replace(/\W/g, "_");
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The next sweep tries again.
  }
}
