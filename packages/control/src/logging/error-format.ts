/** How deep a chain of causes is followed: a cause may point back to its error. */
const MAX_CAUSES = 8;

/**
 * An error as plain data for a log line: name, code, message, stack, cause.
 * winston's JSON format prints an Error inside the fields as `{}`.
 */
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

/** The fields with every Error in them expanded. */
export function expandErrors(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, describeError(value)]));
}
