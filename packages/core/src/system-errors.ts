import { ERROR_CODES, isMillraceError, MillraceError } from "./errors.ts";

/**
 * Temporary errors: they end when other processes release resources, when there is room again, or when the device
 * responds.
 */
const PASSING: ReadonlyMap<string | undefined, "unavailable" | "disk_full"> = new Map([
  ["EMFILE", "unavailable"],
  ["ENFILE", "unavailable"],
  ["EAGAIN", "unavailable"],
  ["ENOMEM", "unavailable"],
  ["EIO", "unavailable"],
  ["EBUSY", "unavailable"],
  ["ENOSPC", "disk_full"],
  ["EDQUOT", "disk_full"],
]);

/** The code of a system call's error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Converts a temporary system error to a MillraceError; undefined for every other error. */
export function passingError(
  error: unknown,
  /** For example `Cannot write "/file"`. */
  what: string,
  details: Readonly<Record<string, unknown>> = {},
): MillraceError | undefined {
  const code = PASSING.get(systemCode(error));
  if (code === undefined) return undefined;
  const why =
    code === "disk_full" ? "the disk is full, make room and try again" : `${messageOf(error)}; try again`;
  return new MillraceError(code, `${what}: ${why}`, { details, cause: error });
}

/** True when a retry may help. */
export function mayPass(error: unknown): boolean {
  if (isMillraceError(error)) return ERROR_CODES[error.code].retryable;
  return PASSING.has(systemCode(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
