import { MillraceError } from "@millrace/core";

/** Longer paths are truncated when shown or stored. */
const SHOWN_CHARACTERS = 200;

/** The error for an entry that is not accepted. */
export function refused(path: string, why: string): MillraceError {
  const entry = path.slice(0, SHOWN_CHARACTERS);
  return new MillraceError(
    "invalid_archive",
    `Cannot read the archive: entry ${JSON.stringify(entry)}: ${why}, expected plain files and directories inside the project`,
    { details: { entry } },
  );
}

/** The error for an archive that is damaged, or for a file that is not an archive. */
export function notAnArchive(why: string, cause?: unknown): MillraceError {
  return new MillraceError(
    "invalid_archive",
    `Cannot read the archive: ${why}, expected a .tar.gz of the project`,
    cause === undefined ? {} : { cause },
  );
}

/** The error for an archive that exceeds the platform's limits. */
export function tooMuch(what: string, limits: Readonly<Record<string, number>>): MillraceError {
  return new MillraceError(
    "invalid_archive",
    `Cannot read the archive: ${what}; leave files out with a .millraceignore file, and let the predictor read big ones from where they are`,
    { details: limits },
  );
}
