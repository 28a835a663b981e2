import { opendir, stat } from "node:fs/promises";
import { isMillraceError, type ListOptions, type ObjectStat, systemCode } from "@millrace/core";
import { objectStat } from "./object-stat.ts";
import { lookAtEntry, NameCheck, tellError, tellUnreadable } from "./unreadable-entry.ts";

/** Files stat'ed concurrently; keeps the disk busy without holding many results. */
const STAT_WINDOW = 64;
const PAGE_PATHS = 1_024;

/** Every file whose path starts with `prefix`, in byte order, following links. Unreadable entries are reported. */
export async function* listFiles(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectStat> {
  for await (const paths of listPaths(prefix, options)) {
    for (let at = 0; at < paths.length; at += STAT_WINDOW)
      yield* readable(paths.slice(at, at + STAT_WINDOW), options);
  }
}

/** The paths of {@link listFiles} page by page, without calling stat on each file. */
export async function* listPaths(
  prefix: string,
  options: ListOptions = {},
): AsyncGenerator<readonly string[]> {
  const slash = prefix.lastIndexOf("/") + 1;
  yield* listDirectory(prefix.slice(0, slash), { start: prefix.slice(slash), above: [], options });
}

interface Level {
  /** Prefix that names must have. */
  readonly start: string;
  /** The ancestors of this directory. */
  readonly above: readonly Directory[];
  readonly options: ListOptions;
}

interface Directory {
  readonly path: string;
  /** Device and inode. */
  readonly identity: string;
}

async function* listDirectory(directory: string, level: Level): AsyncGenerator<readonly string[]> {
  const { above, options } = level;
  options.signal?.throwIfAborted();
  const identity = await directoryIdentity(directory, level);
  if (identity === undefined) return;
  const same = above.find((other) => other.identity === identity);
  if (same) {
    const reason = `leads back to "${same.path}", a directory above it`;
    return tellUnreadable(options, { uri: directory, reason, isFile: false });
  }
  const below: Level = { start: "", above: [...above, { path: directory, identity }], options };
  // Only names are held. A directory's name ends in a slash, which also sorts it correctly among files.
  const names = await sortedNames(directory, level);
  let files: string[] = [];
  for (const name of names) {
    if (!name.endsWith("/")) {
      files.push(directory + name);
      if (files.length < PAGE_PATHS) continue;
    }
    if (files.length > 0) yield files;
    files = [];
    if (name.endsWith("/") && (options.enters?.(directory + name) ?? true))
      yield* listDirectory(directory + name, below);
  }
  if (files.length > 0) yield files;
}

/** Device and inode of a directory; undefined when there is none. */
async function directoryIdentity(directory: string, level: Level): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(directory, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    tellDirectory(error, directory, level);
    return undefined;
  }
}

async function sortedNames(directory: string, level: Level): Promise<string[]> {
  const { start, options } = level;
  const names: string[] = [];
  const check = new NameCheck(directory);
  try {
    for await (const entry of await opendir(directory, { bufferSize: 1024 })) {
      if (!entry.name.startsWith(start)) continue;
      const path = directory + entry.name;
      if (!(await check.isText(entry.name))) {
        tellUnreadable(options, {
          uri: path,
          reason: "has a name that is not UTF-8",
          isFile: entry.isFile(),
        });
        continue;
      }
      const kind = await lookAtEntry(entry, { path, options });
      if (kind) names.push(kind === "directory" ? `${entry.name}/` : entry.name);
    }
  } catch (error) {
    if (isMillraceError(error)) throw error;
    tellDirectory(error, directory, level);
  }
  return sortByBytes(names);
}

/** If the prefix's own directory is missing or is a file, nothing matches the prefix. */
function tellDirectory(error: unknown, directory: string, { above, options }: Level): void {
  const isMissing = systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR";
  if (isMissing && above.length === 0) return;
  tellError(options, error, { uri: directory, isFile: false });
}

/** UTF-16 order is byte order except around surrogates, so the slow comparison is rarely needed. */
function sortByBytes(names: string[]): string[] {
  if (!names.some((name) => /[\ud800-\udfff]/.test(name))) return names.sort();
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Stats files concurrently. */
async function* readable(paths: readonly string[], options: ListOptions): AsyncGenerator<ObjectStat> {
  const found = await Promise.all(
    paths.map(async (path) => {
      try {
        return objectStat(path, await stat(path, { bigint: true }));
      } catch (error) {
        if (isMillraceError(error)) throw error;
        tellError(options, error, { uri: path, isFile: true });
        return undefined;
      }
    }),
  );
  for (const object of found) {
    if (!object) continue;
    options.signal?.throwIfAborted();
    yield object;
  }
}
