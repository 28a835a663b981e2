import { MillraceError } from "@millrace/core";
import { diskFull } from "./sqlite-errors.ts";

/** The code of a system call's error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** What passes when others let go of something, or the medium answers again. */
const PASSING: ReadonlySet<string | undefined> = new Set([
  "EMFILE",
  "ENFILE",
  "EAGAIN",
  "ENOMEM",
  "EIO",
  "EBUSY",
]);

/** Turns a file system error on `path` into one of the platform's. */
export function translateFileError(error: unknown, path: string): unknown {
  if (error instanceof MillraceError) return error;
  const options = { details: { uri: path }, cause: error };
  if (PASSING.has(systemCode(error))) {
    const message = `Cannot read or write "${path}" now: ${(error as Error).message}; try again`;
    return new MillraceError("unavailable", message, options);
  }
  switch (systemCode(error)) {
    case undefined:
      return error;
    case "ENOENT":
    case "ENOTDIR":
      return new MillraceError("object_not_found", `Cannot find "${path}": there is no such file`, options);
    case "EISDIR":
      return new MillraceError(
        "object_unreadable",
        `Cannot read "${path}": it is a directory, expected a file`,
        options,
      );
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(path, error);
    default:
      return new MillraceError(
        "object_unreadable",
        `Cannot read or write "${path}": ${(error as Error).message}; check that this user may do so`,
        options,
      );
  }
}

export function inputChanged(path: string, how: string, cause?: unknown): MillraceError {
  return new MillraceError(
    "input_changed",
    `Cannot read "${path}": ${how} after the job was submitted; submit a new job over the file as it is now`,
    { details: { uri: path }, cause },
  );
}
