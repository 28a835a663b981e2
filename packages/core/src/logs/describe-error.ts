/** How deep a chain of causes is followed; chains may be circular. */
const MAX_CAUSES = 8;

/** An error as plain data for a log line: name, code, message, details, stack, cause. JSON prints an Error as `{}`. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { code, details } = error as Error & { code?: unknown; details?: unknown };
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    message: error.message,
    ...(details === undefined ? {} : { details }),
    stack: error.stack,
    ...(error.cause === undefined || depth >= MAX_CAUSES
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}
