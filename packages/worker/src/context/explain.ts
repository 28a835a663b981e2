import { isMillraceError } from "@millrace/core";

/** An error in one line: the exception's class, if known, and the message. */
export function inOneLine({ type, message }: { readonly type?: unknown; readonly message: string }): string {
  return typeof type === "string" ? `${type}: ${message}` : message;
}

/** The error with its traceback, for the job's log. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const traceback = isMillraceError(error) ? error.details.traceback : undefined;
  return typeof traceback === "string" ? `${error.message}\n${traceback}` : error.message;
}

/** Why a worker is not predicting yet, or has stopped; the time is in UTC. */
export function constructingSince(atMs: number): string {
  return `constructing the predictor since ${new Date(atMs).toISOString().replace("T", " ").replace(/\.\d+/, "")}`;
}
