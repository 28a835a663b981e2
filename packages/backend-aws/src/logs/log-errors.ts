import { setTimeout as delay } from "node:timers/promises";
import { MillraceError } from "@millrace/core";
import { awsErrorName, isPassing, translateAwsError } from "../aws/aws-errors.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/** How long {@link patiently} retries, in addition to the SDK's retries. */
export const PATIENCE_MS = 30_000;

export interface Patience {
  /** The action; completes the sentence "Cannot …". */
  readonly doing: string;
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Retries `work`, which must be idempotent, while its error may be temporary. The SDK's own retries end within seconds,
 * but an account is limited to about 25 GetLogEvents and 50 CreateLogStream a second for all its processes.
 */
export async function patiently<T>(
  work: () => Promise<T>,
  { doing, patienceMs, signal }: Patience,
): Promise<T> {
  const deadlineMs = performance.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error) || performance.now() + pauseMs > deadlineMs)
        throw translateAwsError(error, doing);
    }
    await delay(pauseMs * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {}).catch(() => {});
  }
}

export function isMissing(error: unknown): boolean {
  return awsErrorName(error) === "ResourceNotFoundException";
}

export function groupMissing(logGroup: string, cause: unknown): MillraceError {
  return new MillraceError(
    "backend_misconfigured",
    `Cannot write log lines: there is no log group "${logGroup}"; deploy the cluster, or set MILLRACE_AWS_LOG_GROUP`,
    { details: { log_group: logGroup }, cause },
  );
}
