import { MillraceError } from "@millrace/core";

// Primary result codes: https://www.sqlite.org/rescode.html
const ERROR = 1;
const BUSY = 5;
const LOCKED = 6;
const NOMEM = 7;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const NOTADB = 26;
/** Extended IOERR codes for a damaged file: SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_DATA. */
const DAMAGED_IO: ReadonlySet<number> = new Set([IOERR | (33 << 8), IOERR | (32 << 8)]);

const NO_TABLE = /no such (?:table|column)/;

/** Matches SQLite's messages, because Deno gives no result code for most errors. */
const MESSAGES: readonly (readonly [RegExp, number])[] = [
  [/database (?:table )?is locked/, BUSY],
  [/malformed|disk image/, CORRUPT],
  [/disk is full/, FULL],
  [/not a database/, NOTADB],
  [/unable to open/, CANTOPEN],
  [/out of memory/, NOMEM],
  [/disk I\/O error/, IOERR],
  [/locking protocol/, PROTOCOL],
  [NO_TABLE, ERROR],
];

function primaryCode(error: Error): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  if (typeof errcode === "number") return DAMAGED_IO.has(errcode) ? CORRUPT : errcode & 0xff;
  return MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1];
}

/** Translates an SQLite error on `file` to a MillraceError, and returns every other error unchanged. */
export function translateSqliteError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof MillraceError) return error;
  const options = { details: { file }, cause: error };
  switch (primaryCode(error)) {
    case BUSY:
    case LOCKED:
    case PROTOCOL:
      return new MillraceError(
        "unavailable",
        `Cannot use state file "${file}": another process held its lock for too long, try again`,
        options,
      );
    case FULL:
      return new MillraceError(
        "disk_full",
        `Cannot write "${file}": the disk is full, make room and try again`,
        options,
      );
    case CORRUPT:
    case NOTADB:
      return stateCorrupt(file, "it is damaged or not a SQLite file", error);
    case CANTOPEN:
      return new MillraceError(
        "unavailable",
        `Cannot open state file "${file}" now: too many files are open, its directory is gone, or this user may not write there`,
        options,
      );
    case IOERR:
    case NOMEM:
      return new MillraceError(
        "unavailable",
        `Cannot use state file "${file}" now: ${error.message}; try again`,
        options,
      );
    case ERROR:
      // Our statements are correct, so the tables must have been changed from outside.
      return NO_TABLE.test(error.message)
        ? stateCorrupt(file, "its tables are not Millrace's", error)
        : error;
    default:
      return error;
  }
}

export function stateCorrupt(file: string, problem: string, cause?: unknown): MillraceError {
  return new MillraceError(
    "state_corrupt",
    `Cannot read state file "${file}": ${problem}; restore it from a backup, or move it away to go on without it`,
    { details: { file }, cause },
  );
}

export function stateTooNew(file: string, found: number, known: number): MillraceError {
  return new MillraceError(
    "state_too_new",
    `Cannot read state file "${file}": it has schema version ${found}, expected at most ${known}; use the newer Millrace that wrote it`,
    { details: { file, found, known } },
  );
}
