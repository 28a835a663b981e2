import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { MillraceError } from "@millrace/core";
import { homePaths } from "../home/home.ts";
import { keepPrivate } from "../home/private-home.ts";
import { sweepAsides } from "../home/temporary-files.ts";
import { Database } from "./database.ts";

interface Owner {
  readonly pid?: number;
  readonly url?: string;
}

/** Locks held by this process. Without a reference, a lock would be garbage-collected and so released. */
const heldLocks = new Set<Database>();

/**
 * Locks the home directory for this process; call the returned function to unlock it. The lock is an SQLite lock on a
 * file, so it disappears with the process, even after `kill -9`.
 *
 * @throws {MillraceError} state_in_use, naming the process that holds it; backend_misconfigured for another user's home
 */
export function lockHome(root: string): () => void {
  const home = homePaths(root);
  mkdirSync(home.root, { recursive: true, mode: 0o700 });
  // Anyone who can open the file for reading could hold the lock.
  keepPrivate(home);
  closeSync(openSync(home.lockFile, "a", 0o600));
  const database = new Database(home.lockFile, { timeoutMs: 0 });
  try {
    database.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (error instanceof MillraceError && error.code === "unavailable") throw inUse(root, error);
    throw error;
  }
  writeFileSync(home.lockOwnerFile, `${JSON.stringify({ pid: process.pid })}\n`, { mode: 0o600 });
  heldLocks.add(database);
  sweepAsides(home.root);
  return () => {
    if (!heldLocks.delete(database)) return;
    rmSync(home.lockOwnerFile, { force: true });
    database.close();
  };
}

function inUse(root: string, cause: unknown): MillraceError {
  const home = homePaths(root);
  const owner = readOwner(home.lockOwnerFile);
  const service = readOwner(home.serviceFile);
  // service.json may be from an earlier run: its address is valid only if its pid is that of the lock holder.
  const url = service.pid === owner.pid ? service.url : undefined;
  const who = owner.pid === undefined ? "another process" : `process ${owner.pid}`;
  return new MillraceError(
    "state_in_use",
    `Cannot use home directory "${root}": ${who}${url ? ` at ${url}` : ""} is using it; stop that service, or choose another home`,
    { details: { home: root, pid: owner.pid ?? null, url: url ?? null }, cause },
  );
}

function readOwner(file: string): Owner {
  try {
    const { pid, url } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    return { ...(typeof pid === "number" && { pid }), ...(typeof url === "string" && { url }) };
  } catch {
    return {};
  }
}
