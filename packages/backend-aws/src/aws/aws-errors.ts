import { MillraceError } from "@millrace/core";

/** Fields that all SDK errors have. */
interface ServiceError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
}

/** The error's AWS name, such as `ConditionalCheckFailedException`. */
export function awsErrorName(error: unknown): string {
  if (!(error instanceof Error)) return "";
  // SQS query-protocol errors have a namespace prefix.
  return (error.name.split(".").at(-1) ?? "").replace(/^com#/, "");
}

export function httpStatus(error: unknown): number | undefined {
  return (error as ServiceError | undefined)?.$metadata?.httpStatusCode;
}

const THROTTLED =
  /Throttl|TooManyRequests|SlowDown|LimitExceeded|RequestLimit|ProvisionedThroughput|TransactionConflict|TransactionInProgress|OperationAborted|ServiceUnavailable|RequestTimeout/;
const DENIED = /AccessDenied|Unauthorized|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch/;
/** Role credentials are renewed every hour, from an endpoint that may be slow. */
const CREDENTIALS = /CredentialsProvider|ExpiredToken/;
const NETWORK =
  /TimeoutError|AbortError|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|NetworkingError|socket hang up/;

/** True for an error that may be temporary: the network, an overloaded service, a throttled account. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = httpStatus(error);
  if (status !== undefined && (status >= 500 || status === 429)) return true;
  const name = awsErrorName(error);
  const { code = "" } = error as ServiceError;
  return (
    CREDENTIALS.test(name) ||
    THROTTLED.test(name) ||
    NETWORK.test(name) ||
    NETWORK.test(code) ||
    NETWORK.test(error.message)
  );
}

/**
 * Translates an SDK error to a MillraceError. `doing` completes the sentence "Cannot …", such as `read
 * "s3://bucket/key"`. Returns a MillraceError or a bug of ours unchanged.
 */
export function translateAwsError(error: unknown, doing: string): unknown {
  if (error instanceof MillraceError || !(error instanceof Error)) return error;
  const { code } = error as ServiceError;
  const isOfAws = (error as ServiceError).$metadata !== undefined || code !== undefined || isPassing(error);
  if (!isOfAws && !DENIED.test(error.name)) return error;
  const name = awsErrorName(error);
  const options = { details: { aws_error: name }, cause: error };
  if (DENIED.test(name)) {
    return new MillraceError(
      "backend_misconfigured",
      `Cannot ${doing}: AWS refused (${name}: ${error.message}); check the credentials and the role's policy`,
      options,
    );
  }
  if (isPassing(error)) {
    return new MillraceError("unavailable", `Cannot ${doing}: ${name}: ${error.message}; try again`, options);
  }
  return new MillraceError("internal", `Cannot ${doing}: ${name}: ${error.message}`, options);
}

/** Runs `work` and translates SDK errors to MillraceErrors. */
export async function translated<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateAwsError(error, doing);
  }
}
