import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { identify } from "@millrace/process-tree";

/** Longer than anything is half-written by a process that does not say who it is. */
const ABANDONED_AFTER_MS = 3_600_000;
/** What the service writes aside in the home and renames, such as `token.1f00ba`. */
const ASIDE = /^(service\.json|sessions\.json|token)\.[0-9a-f]+$/;
/** A kind, then the process that writes it and when that began, by {@link temporaryName}. */
const OWNED = /^[a-z]+-(\d+)-(\w+)-/;

let ownStart: string | undefined;

/** A name for what this process writes and moves to its place: when the process is gone, so is what it did not move. */
export function temporaryName(kind: string): string {
  ownStart ??= startOf(process.pid) ?? "unknown";
  return `${kind}-${process.pid}-${ownStart}-${randomUUID()}`;
}

/** Removes what services that were killed left half-written in the home; to be called by who has it locked. */
export function sweepAsides(root: string): void {
  for (const name of readdirSync(root)) if (ASIDE.test(name)) rmSync(join(root, name), { force: true });
}

/** Removes what processes that are gone left half-written, such as the output of a worker that was killed. */
export function sweepDead(directory: string): void {
  for (const name of namesIn(directory)) {
    const [, pid = "", start] = OWNED.exec(name) ?? [];
    if (pid === "" || start === "unknown" || startOf(Number(pid)) === start) continue;
    remove(join(directory, name));
  }
}

/** As {@link sweepDead}, and what nobody has written to for an hour. */
export function sweepTemporary(directory: string, nowMs: number): void {
  sweepDead(directory);
  for (const name of namesIn(directory)) {
    if (OWNED.test(name) && !name.includes("-unknown-")) continue;
    const file = join(directory, name);
    const modifiedAtMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (nowMs - modifiedAtMs > ABANDONED_AFTER_MS) remove(file);
  }
}

/** When a process began, as a part of a name; undefined for one that is gone. */
function startOf(pid: number): string | undefined {
  return identify(pid).startId?.replace(/\W/g, "_");
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The next sweep meets it again.
  }
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
