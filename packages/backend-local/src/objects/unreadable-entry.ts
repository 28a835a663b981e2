import type { Dirent, Stats } from "node:fs";
import { lstat, readlink, stat } from "node:fs/promises";
import { type ListOptions, systemCode, type UnreadableEntry, unreadableEntry } from "@millrace/core";
import { translateFileError } from "./object-errors.ts";

/** What invalid UTF-8 in a name is decoded to. */
const REPLACEMENT = "\ufffd";
const NOT_ALLOWED = "may not be read by the user that the service runs as";
const VANISHED = "vanished while it was listed";
const SPECIAL = "is a device, a pipe or a socket";

/** Reasons by system error code. Temporary errors, such as too many open files, are not listed. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENOENT: VANISHED,
  ENOTDIR: VANISHED,
  ELOOP: "is a link that leads in a circle",
  ENAMETOOLONG: "has a path that is too long",
};

/** Reports an unreadable entry, which is then left out of the listing, or throws if there is no `onUnreadable`. */
export function tellUnreadable({ onUnreadable }: ListOptions, entry: UnreadableEntry): void {
  if (!onUnreadable) throw unreadableEntry(entry);
  onUnreadable(entry);
}

/** Like {@link tellUnreadable}, for a system error; rethrows an error with any other cause. */
export function tellError(
  options: ListOptions,
  error: unknown,
  entry: Omit<UnreadableEntry, "reason">,
): void {
  const reason = REASONS[systemCode(error) ?? ""];
  if (reason === undefined) throw translateFileError(error, entry.uri);
  tellUnreadable(options, { ...entry, reason });
}

/** Type of a directory entry, following links; undefined when it cannot be read, which is reported. */
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

/**
 * Finds names in a directory that are not valid UTF-8. Decoded, such a name matches no file there, or a different one.
 */
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
