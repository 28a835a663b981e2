import type { Problem } from "@millrace/core/rest";

/**
 * A failed request. Switch on `code`: one of the service's error codes, or `unreachable` (no answer: wrong address,
 * service not running, connection lost) or `invalid_response` (an answer that no Millrace service gives).
 */
export class ClientError extends Error {
  readonly code: string;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The service's problem document, if it sent one. */
  readonly problem: Problem | undefined;

  constructor(
    code: string,
    message: string,
    options: { readonly status?: number; readonly problem?: Problem; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ClientError";
    this.code = code;
    this.status = options.status;
    this.problem = options.problem;
  }
}

/** True when `error` is a ClientError, with the given code if there is one. */
export function isClientError(error: unknown, code?: string): error is ClientError {
  return error instanceof ClientError && (code === undefined || error.code === code);
}

/** The error for a problem that the service sent. */
export function problemError(problem: Problem): ClientError {
  return new ClientError(problem.code, problem.detail, { status: problem.status, problem });
}

/** Reads the error from an unsuccessful response. */
export async function responseError(response: Response): Promise<ClientError> {
  const text = await response.text().catch(() => "");
  const problem = parseProblem(text);
  if (problem !== undefined) return problemError(problem);
  const start = text.trim().slice(0, 200);
  return new ClientError(
    "invalid_response",
    `Cannot understand the answer of ${new URL(response.url).origin}: HTTP ${response.status} without a problem document` +
      `${start === "" ? "" : ` ("${start}")`}, expected a Millrace service`,
    { status: response.status },
  );
}

function parseProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { code, detail } = value as Partial<Problem>;
    return typeof code === "string" && typeof detail === "string" ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}
