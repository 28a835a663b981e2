import type { Stats } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import type { ObjectStat } from "@millrace/core";
import { systemCode, translateFileError } from "./object-errors.ts";
import { objectStat } from "./object-stat.ts";

/** Files looked at together; keeps the disk busy without holding many results. */
const STAT_WINDOW = 64;
const PAGE_PATHS = 1_024;

/** Every file whose path starts with `prefix`, in byte order; links are followed, loops of them left out. */
export async function* listFiles(prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectStat> {
  for await (const paths of listPaths(prefix, signal)) {
    for (let at = 0; at < paths.length; at += STAT_WINDOW)
      yield* existing(paths.slice(at, at + STAT_WINDOW), signal);
  }
}

/** The paths of {@link listFiles}, page by page, without a look at the files. */
export async function* listPaths(prefix: string, signal?: AbortSignal): AsyncGenerator<readonly string[]> {
  const slash = prefix.lastIndexOf("/") + 1;
  yield* listDirectory(prefix.slice(0, slash), { start: prefix.slice(slash), above: [], signal });
}

interface Level {
  /** What names must begin with. */
  readonly start: string;
  /** Identities of the directories above this one. */
  readonly above: readonly string[];
  readonly signal: AbortSignal | undefined;
}

async function* listDirectory(directory: string, level: Level): AsyncGenerator<readonly string[]> {
  level.signal?.throwIfAborted();
  const identity = await directoryIdentity(directory);
  if (identity === undefined || level.above.includes(identity)) return;
  const below: Level = { start: "", above: [...level.above, identity], signal: level.signal };
  // Only names are held: a directory's ends in a slash, which also puts it in the right place among files.
  const names = await sortedNames(directory, level.start);
  let files: string[] = [];
  for (const name of names) {
    if (!name.endsWith("/")) {
      files.push(directory + name);
      if (files.length < PAGE_PATHS) continue;
    }
    if (files.length > 0) yield files;
    files = [];
    if (name.endsWith("/")) yield* listDirectory(directory + name, below);
  }
  if (files.length > 0) yield files;
}

/** Device and inode of a directory, or undefined when there is none. */
async function directoryIdentity(directory: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(directory, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw translateFileError(error, directory);
  }
}

async function sortedNames(directory: string, start: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(directory, { bufferSize: 1024 })) {
      if (!entry.name.startsWith(start)) continue;
      if (entry.isDirectory()) names.push(`${entry.name}/`);
      else if (entry.isFile()) names.push(entry.name);
      else if (entry.isSymbolicLink()) {
        const target = await linkTarget(directory + entry.name);
        if (target) names.push(target.isDirectory() ? `${entry.name}/` : entry.name);
      }
    }
  } catch (error) {
    // Not a directory: a prefix below a file matches nothing.
    if (isGone(error)) return [];
    throw translateFileError(error, directory);
  }
  return sortByBytes(names);
}

async function linkTarget(path: string): Promise<Stats | undefined> {
  try {
    const target = await stat(path);
    return target.isFile() || target.isDirectory() ? target : undefined;
  } catch {
    return undefined; // A dangling link, or one that leads in a circle, is no object.
  }
}

/** UTF-16 order is byte order except beside surrogates, so the slow comparison is rarely needed. */
function sortByBytes(names: string[]): string[] {
  if (!names.some((name) => /[\ud800-\udfff]/.test(name))) return names.sort();
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Looks at files together; one that vanished since its directory was read is left out. */
async function* existing(
  paths: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectStat> {
  const found = await Promise.all(
    paths.map(async (path) => {
      try {
        return objectStat(path, await stat(path, { bigint: true }));
      } catch (error) {
        if (isGone(error)) return undefined;
        throw translateFileError(error, path);
      }
    }),
  );
  for (const object of found) {
    if (!object) continue;
    signal?.throwIfAborted();
    yield object;
  }
}

function isGone(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}
