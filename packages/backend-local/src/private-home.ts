import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { systemCode } from "@millrace/core";
import type { Home } from "./home.ts";

/**
 * Makes what is in the home directory its owner's alone: specs hold variables and webhooks' secrets, projects their `.env`,
 * and a home that was there before, or a generous umask, would show them to every user of the machine. The home itself
 * is left as it is: it may be a directory that others use, too.
 */
export function keepPrivate(home: Home): void {
  mkdirSync(home.root, { recursive: true, mode: 0o700 });
  for (const directory of [
    home.jobsDirectory,
    home.apisDirectory,
    home.temporaryDirectory,
    home.cacheDirectory,
  ]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    setMode(directory, 0o700);
  }
  // SQLite gives the files that it puts beside a database the database's mode.
  closeSync(openSync(home.indexFile, "a", 0o600));
  for (const suffix of ["", "-wal", "-shm"]) setMode(home.indexFile + suffix, 0o600);
}

function setMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    // Another user's, who decides who may read it; or not there.
    if (systemCode(error) !== "EPERM" && systemCode(error) !== "ENOENT") throw error;
  }
}
