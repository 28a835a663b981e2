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
import { setImmediate as nextTurn } from "node:timers/promises";
import { MillraceError, systemCode } from "@millrace/core";
import type { Home } from "./home.ts";

/** What is ours in a home that may be a directory which others use, too: the files with what SQLite puts beside them. */
const OWN_FILE = /^(index\.db|service\.(json|lock|log)|sessions\.json|token)([-.].*)?$/;
/** Entries that are looked at in one turn of the event loop: some milliseconds. */
const ENTRIES_A_TURN = 200;

/**
 * Makes what is in the home directory its owner's alone: specs hold variables and webhooks' secrets, projects their `.env`,
 * and a home that was there before, or a generous umask, would show them to every user of the machine. Others may look
 * into the home itself if they might before, since it may be a directory that they use, but put nothing there.
 *
 * @throws {MillraceError} backend_misconfigured when something of it is another user's, who could have put there what he likes
 */
export function keepPrivate(home: Home): void {
  const root = statSync(home.root);
  requireOwn(home.root, root);
  // A directory with the sticky bit, such as /tmp, is meant to be everybody's.
  if ((root.mode & 0o1000) === 0) setMode(home.root, root.mode & ~0o022);
  const files = readdirSync(home.root).filter((name) => OWN_FILE.test(name));
  for (const path of [...files.map((name) => join(home.root, name)), ...ownDirectories(home)]) {
    const stats = narrow(path);
    if (stats) requireOwn(path, stats);
  }
}

/** Makes the home and its directories, and the index, whose mode SQLite gives the files that it puts beside it. */
export function makeDirectories(home: Home): void {
  for (const directory of [home.root, ...ownDirectories(home)]) {
    if (directory !== home.quarantineDirectory) mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  closeSync(openSync(home.indexFile, "a", 0o600));
  keepPrivate(home);
}

/**
 * Makes everything below the home's directories its owner's alone, as an older version or another umask did not. Others
 * cannot come there since {@link keepPrivate}, so it is done beside what the service does.
 */
export async function narrowTrees(home: Home): Promise<void> {
  const directories = [...ownDirectories(home)];
  let entries = 0;
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    for (const name of namesIn(directory)) {
      const path = join(directory, name);
      if (narrow(path)?.isDirectory()) directories.push(path);
      entries += 1;
      if (entries % ENTRIES_A_TURN === 0) await nextTurn();
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

/** Takes rights of group and others away; what is gone, or another user's, is left. */
function narrow(path: string): Stats | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  // A link has no rights of its own. A file with another name, as pnpm's and conda's, is not the home's alone.
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

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // Gone, or another user's.
    return [];
  }
}
