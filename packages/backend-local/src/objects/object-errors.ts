import { MillraceError, passingError, systemCode } from "@millrace/core";

/** Translates a file system error on `path` to a MillraceError. */
export function translateFileError(error: unknown, path: string): unknown {
  if (error instanceof MillraceError) return error;
  const options = { details: { uri: path }, cause: error };
  const passing = passingError(error, `Cannot read or write "${path}"`, { uri: path });
  if (passing) return passing;
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
