import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  type Stats,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { MillraceError, systemCode } from "@millrace/core";
import type { Home } from "./home.ts";
import { namesIn } from "./names-in.ts";

/**
 * Millrace's own files, including those that SQLite puts beside them: the home may be a directory with other files in
 * it.
 */
const OWN_FILE = /^(index\.db|service\.(json|lock|log)|sessions\.json|token)([-.].*)?$/;
/** Entries processed per turn of the event loop, and the pause after it, so that requests hardly notice. */
const ENTRIES_A_TURN = 50;
const PAUSE_MS = 50;

/**
 * Restricts the home's contents to its owner. Specs hold variables and webhook secrets, and projects hold their `.env`;
 * a home that existed before, or a permissive umask, would expose them to every user of the machine. Others keep read
 * access to the home directory itself if they had it, since they may use it too, but they cannot write to it.
 *
 * @throws {MillraceError} backend_misconfigured when something in it belongs to another user, who could have planted it
 */
export function keepPrivate(home: Home): void {
  const root = statSync(home.root);
  requireOwn(home.root, root);
  // A directory with the sticky bit, such as /tmp, is meant to be writable by everyone.
  if ((root.mode & 0o1000) === 0) setMode(home.root, root.mode & ~0o022);
  const files = readdirSync(home.root).filter((name) => OWN_FILE.test(name));
  for (const path of [...files.map((name) => join(home.root, name)), ...ownDirectories(home)]) {
    const stats = narrow(path);
    if (stats) requireOwn(path, stats);
  }
}

/** Creates the home, its directories and the index. SQLite gives the files beside the index the index's mode. */
export function makeDirectories(home: Home): void {
  for (const directory of [home.root, ...ownDirectories(home)]) {
    if (directory !== home.quarantineDirectory) mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  closeSync(openSync(home.indexFile, "a", 0o600));
  keepPrivate(home);
}

/**
 * Restricts everything below the home's directories to the owner, as files from an older version or another umask may
 * be readable by others. {@link keepPrivate} already blocks access from above, so this can run in the background.
 */
export async function narrowTrees(home: Home): Promise<void> {
  const directories = [...ownDirectories(home)];
  let entries = 0;
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    for (const name of namesIn(directory)) {
      const path = join(directory, name);
      if (narrow(path)?.isDirectory()) directories.push(path);
      entries += 1;
      if (entries % ENTRIES_A_TURN === 0) await delay(PAUSE_MS, undefined, { ref: false });
    }
  }
}

function ownDirectories(home: Home): readonly string[] {
  const { jobsDirectory, apisDirectory, temporaryDirectory, cacheDirectory, quarantineDirectory } = home;
  return [jobsDirectory, apisDirectory, temporaryDirectory, cacheDirectory, quarantineDirectory];
}

function requireOwn(path: string, { uid }: Stats): void {
  const own = process.getuid?.() ?? uid;
  if (uid === own || uid === 0) return;
  throw new MillraceError(
    "backend_misconfigured",
    `Cannot use "${path}": it belongs to user ${uid}, expected ${own}; name another home with --home or MILLRACE_HOME, or give it to this user with chown`,
    { details: { path, uid } },
  );
}

/** Removes group and other permissions. Skips entries that are gone or belong to another user. */
function narrow(path: string): Stats | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  // A symbolic link has no permissions of its own. A hard-linked file, as pnpm and conda create, is shared with other
  // paths.
  const isShared = stats?.isFile() && stats.nlink > 1;
  const isOpen = stats !== undefined && (stats.mode & 0o077) !== 0 && !stats.isSymbolicLink();
  if (isOpen && !isShared) setMode(path, stats.mode & ~0o077);
  return stats;
}

function setMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode & 0o7777);
  } catch (error) {
    if (systemCode(error) !== "EPERM" && systemCode(error) !== "ENOENT") throw error;
  }
}
