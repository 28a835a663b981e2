import { STATUS_CODES } from "node:http";
import { ERROR_CODES, isMillraceError, MillraceError, type Problem, passingError } from "@millrace/core";

/** Converts any thrown value to a MillraceError; unknown ones become `internal` and keep their cause. */
export function toMillraceError(error: unknown): MillraceError {
  if (isMillraceError(error)) return error;
  const { status } = (error ?? {}) as { status?: unknown };
  const passing = passingError(error, "Cannot answer the request");
  if (passing) return passing;
  // Koa and its router throw http-errors for input they cannot parse, such as a malformed escape in the path.
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new MillraceError("invalid_request", (error as Error).message, { cause: error });
  }
  return new MillraceError("internal", "The service failed; its log has the error under this request id", {
    cause: error,
  });
}

/** An error as users see it, RFC 9457. */
export function problemView(error: MillraceError, requestId: string): Problem {
  const { status } = ERROR_CODES[error.code];
  const { field, ...details } = error.details;
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail: error.message,
    code: error.code,
    ...(typeof field === "string" ? { field } : {}),
    request_id: requestId,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}
