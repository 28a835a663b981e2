import { isAbsolute, resolve } from "node:path";
import type { FileSelection, Submission } from "@millrace/client";

/**
 * Makes relative local paths in the submission absolute, since the service has another working directory. Keeps a
 * trailing slash: paths are prefixes, and `images/` is not `images`.
 */
export function withAbsolutePaths(submission: Submission, cwd: string): Submission {
  const { file_path_lister: lister, delimited_files: delimited } = submission;
  return {
    ...submission,
    ...(lister === undefined ? {} : { file_path_lister: absoluteSelection(lister, cwd) }),
    ...(delimited === undefined ? {} : { delimited_files: absoluteSelection(delimited, cwd) }),
  };
}

function absoluteSelection(selection: FileSelection, cwd: string): FileSelection {
  // A user's file may hold anything: leave other shapes for the service to reject.
  if (!Array.isArray(selection?.s3_paths)) return selection;
  const s3_paths = selection.s3_paths.map((path) => absolute(path, cwd));
  const isLocal = s3_paths.every((path) => typeof path === "string" && !hasScheme(path));
  if (!isLocal) return { ...selection, s3_paths };
  const globs = (list: readonly string[]) => list.map((glob) => absoluteGlob(glob, cwd));
  return {
    ...selection,
    s3_paths,
    ...(Array.isArray(selection.includes) ? { includes: globs(selection.includes) } : {}),
    ...(Array.isArray(selection.excludes) ? { excludes: globs(selection.excludes) } : {}),
  };
}

function absolute(path: string, cwd: string): string {
  if (typeof path !== "string" || path === "" || isAbsolute(path) || hasScheme(path)) return path;
  const resolved = resolve(cwd, path);
  return /[/\\]$/.test(path) && !resolved.endsWith("/") ? `${resolved}/` : resolved;
}

/** Globs match the whole path, so one that starts with a plain name can only be meant relative to the directory. */
function absoluteGlob(glob: string, cwd: string): string {
  const startsPlain = typeof glob === "string" && /^(\.\/)?[^*?[{(!/\\]+\//.test(glob) && !hasScheme(glob);
  if (!startsPlain) return glob;
  // Escape special characters in the directory itself.
  return `${cwd.replace(/[*?[\]{}()!\\]/g, "\\$&")}/${glob.replace(/^(\.\/)+/, "")}`;
}

function hasScheme(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path);
}
