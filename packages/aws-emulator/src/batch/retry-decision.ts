import type { AttemptRecord } from "./attempt.ts";
import type { RetryStrategy } from "./job.ts";

/**
 * Whether a failed attempt is retried. The first entry whose given conditions all match decides; without a match, it is
 * retried. The caller limits the number of attempts.
 */
export function isRetried({ evaluateOnExit }: RetryStrategy, attempt: AttemptRecord): boolean {
  const match = evaluateOnExit.find(
    ({ onStatusReason, onReason, onExitCode }) =>
      matches(onStatusReason, attempt.statusReason) &&
      matches(onReason, attempt.reason) &&
      matches(onExitCode, attempt.exitCode?.toString()),
  );
  return match === undefined || match.action === "RETRY";
}

/** A missing value matches only "*": AWS's own examples end with `onReason: "*"` to exit. */
function matches(pattern: string | undefined, value = ""): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
