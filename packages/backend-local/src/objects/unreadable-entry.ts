import type { Dirent, Stats } from "node:fs";
import { lstat, readlink, stat } from "node:fs/promises";
import { type ListOptions, systemCode, type UnreadableEntry, unreadableEntry } from "@millrace/core";
import { translateFileError } from "./object-errors.ts";

/** What a name is decoded to that is not UTF-8. */
const REPLACEMENT = "\ufffd";
const NOT_ALLOWED = "may not be read by the user that the service runs as";
const VANISHED = "vanished while it was listed";
const SPECIAL = "is a device, a pipe or a socket";

/** By the code of the system call's error. What passes by itself, such as too many open files, is none of these. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENOENT: VANISHED,
  ENOTDIR: VANISHED,
  ELOOP: "is a link that leads in a circle",
  ENAMETOOLONG: "has a path that is too long",
};

/** Has what cannot be read left out, or refuses it. */
export function tellUnreadable({ onUnreadable }: ListOptions, entry: UnreadableEntry): void {
  if (!onUnreadable) throw unreadableEntry(entry);
  onUnreadable(entry);
}

/** As {@link tellUnreadable}, for the error of a system call; one that has another cause is thrown. */
export function tellError(
  options: ListOptions,
  error: unknown,
  entry: Omit<UnreadableEntry, "reason">,
): void {
  const reason = REASONS[systemCode(error) ?? ""];
  if (reason === undefined) throw translateFileError(error, entry.uri);
  tellUnreadable(options, { ...entry, reason });
}

/** What an entry of a directory is, links followed; undefined when it cannot be read, which was told. */
export async function lookAtEntry(
  entry: Dirent,
  { path, options }: { readonly path: string; readonly options: ListOptions },
): Promise<"file" | "directory" | undefined> {
  if (entry.isDirectory()) return "directory";
  if (entry.isFile()) return "file";
  if (entry.isSymbolicLink()) return await followLink(path, options);
  tellUnreadable(options, { uri: path, reason: SPECIAL, isFile: true });
  return undefined;
}

async function followLink(path: string, options: ListOptions): Promise<"file" | "directory" | undefined> {
  let target: Stats;
  try {
    target = await stat(path);
  } catch (error) {
    tellUnreadable(options, { uri: path, reason: await describeLink(path, error), isFile: false });
    return undefined;
  }
  if (target.isDirectory()) return "directory";
  if (target.isFile()) return "file";
  tellUnreadable(options, { uri: path, reason: SPECIAL, isFile: true });
  return undefined;
}

async function describeLink(path: string, error: unknown): Promise<string> {
  const reason = REASONS[systemCode(error) ?? ""];
  if (reason === undefined) throw translateFileError(error, path);
  if (systemCode(error) === "ELOOP") return reason;
  const target = await readlink(path).catch(() => "");
  return `is a link to "${target}", which ${reason === VANISHED ? "is not there" : reason}`;
}

/** Finds the names of a directory that are not UTF-8: what they are decoded to is no name there, or another's. */
export class NameCheck {
  readonly #directory: string;
  readonly #odd = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async isText(name: string): Promise<boolean> {
    if (!name.includes(REPLACEMENT)) return true;
    if (this.#odd.has(name)) return false;
    this.#odd.add(name);
    try {
      await lstat(this.#directory + name);
      return true;
    } catch {
      return false;
    }
  }
}
