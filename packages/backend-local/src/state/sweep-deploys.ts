import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { INSTALLATION, isMillraceError, type Logger } from "@millrace/core";
import { temporaryName } from "../home/temporary-files.ts";
import { Database } from "./database.ts";
import type { StateFiles } from "./state-files.ts";

/**
 * Removes what interrupted deploys left behind: versions that were never prepared, partial projects, and installations
 * that nobody is making. Everything is first moved away at once, before a new deploy can run into it.
 */
export async function sweepDeploys(files: StateFiles, logger: Logger): Promise<void> {
  const { apisDirectory, cacheDirectory, temporaryDirectory } = files.home;
  const versions = foldersIn(apisDirectory).flatMap(foldersIn);
  const dead = versions.filter((version) => !isPrepared(version) && !isKnown(files, version));
  const kept = versions.filter((version) => !dead.includes(version));
  const installations = [join(cacheDirectory, "envs"), ...kept.map((version) => join(version, "envs"))];
  const doomed = [
    ...dead,
    ...kept.flatMap((version) => named(version, INSTALLATION.unpacking)),
    ...installations.flatMap(foldersIn).flatMap(unfinishedIn),
  ];
  if (doomed.length === 0) return;
  logger.warn("removing what deploys that were killed left", { folders: doomed });
  mkdirSync(temporaryDirectory, { recursive: true, mode: 0o700 });
  const moved = doomed.map((folder) => {
    const away = join(temporaryDirectory, temporaryName("dead"));
    renameSync(folder, away);
    removeIfEmpty(dirname(folder));
    return away;
  });
  // One at a time, in the background: an environment has tens of thousands of files.
  for (const folder of moved) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** A version has this file once its preparation has succeeded. */
function isPrepared(version: string): boolean {
  return existsSync(join(version, "prepared.json"));
}

function isKnown(files: StateFiles, folder: string): boolean {
  const [name, version] = folder.split("/").slice(-2) as [string, string];
  const sql = "SELECT 1 FROM versions WHERE name = ? AND version = ?";
  return files.index().get(sql, name, version) !== undefined;
}

/** Incomplete installations in a folder, except those being made now. */
function unfinishedIn(folder: string): readonly string[] {
  const unfinished = named(folder, INSTALLATION.prefix).filter(
    (installation) => !existsSync(join(installation, INSTALLATION.finished)),
  );
  return unfinished.length > 0 && isFree(join(folder, INSTALLATION.lock)) ? unfinished : [];
}

function isFree(lock: string): boolean {
  const database = new Database(lock, { timeoutMs: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (isMillraceError(error, "unavailable")) return false;
    throw error;
  } finally {
    database.close();
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Other versions or installations are still there.
  }
}

function named(folder: string, prefix: string): readonly string[] {
  return foldersIn(folder).filter((path) => path.slice(folder.length + 1).startsWith(prefix));
}

function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}
