/** One row per error code: the HTTP status when it reaches a client, and whether a retry may help. */
export const ERROR_CODES = {
  // mistakes in what a user sent
  invalid_request: { status: 400, retryable: false },
  invalid_config: { status: 422, retryable: false },
  invalid_submission: { status: 422, retryable: false },
  invalid_archive: { status: 422, retryable: false },
  predictor_not_loadable: { status: 422, retryable: false },
  dependencies_failed: { status: 422, retryable: false },
  unauthorized: { status: 401, retryable: false },
  host_not_allowed: { status: 403, retryable: false },
  cross_origin_refused: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  api_not_found: { status: 404, retryable: false },
  job_not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  conflict: { status: 409, retryable: false },
  idempotency_conflict: { status: 409, retryable: false },
  payload_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  too_many_requests: { status: 429, retryable: true },
  // the dataset
  no_input: { status: 422, retryable: false },
  malformed_input: { status: 422, retryable: false },
  item_too_large: { status: 422, retryable: false },
  input_changed: { status: 409, retryable: false },
  object_not_found: { status: 404, retryable: false },
  object_unreadable: { status: 422, retryable: false },
  unsupported_uri: { status: 422, retryable: false },
  // the predictor
  predictor_error: { status: 500, retryable: true },
  predictor_init_failed: { status: 500, retryable: false },
  predictor_crashed: { status: 500, retryable: true },
  predictor_out_of_memory: { status: 500, retryable: true },
  predictor_out_of_gpu_memory: { status: 500, retryable: true },
  predictor_stalled: { status: 500, retryable: true },
  retry_later: { status: 503, retryable: true },
  batch_timeout: { status: 500, retryable: true },
  invalid_output: { status: 500, retryable: true },
  // the platform
  illegal_transition: { status: 409, retryable: false },
  state_corrupt: { status: 500, retryable: false },
  state_too_new: { status: 500, retryable: false },
  state_in_use: { status: 409, retryable: false },
  disk_full: { status: 507, retryable: true },
  backend_misconfigured: { status: 500, retryable: false },
  unavailable: { status: 503, retryable: true },
  internal: { status: 500, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Facts about an error, in snake_case, safe to show to users; `field` is the path of the offending field. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The platform's only error class. Callers switch on `code`, never on the message.
 *
 * Messages read `Cannot <verb> <thing> "<id>": <state>, expected <state>`, without a final period.
 */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MillraceError";
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** True when `error` is a MillraceError and, if `code` is given, has that code. */
export function isMillraceError(error: unknown, code?: ErrorCode): error is MillraceError {
  return error instanceof MillraceError && (code === undefined || error.code === code);
}
