import { isMillraceError } from "@millrace/core";

/** The error with its traceback, for the job's log. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const traceback = isMillraceError(error) ? error.details.traceback : undefined;
  return typeof traceback === "string" ? `${error.message}\n${traceback}` : error.message;
}
