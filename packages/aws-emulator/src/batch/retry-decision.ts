import type { AttemptRecord } from "./attempt.ts";
import type { RetryStrategy } from "./job.ts";

/**
 * Whether an attempt that failed is tried again: the first entry whose given conditions all hold
 * decides, and what no entry matches is retried. The caller bounds the number of attempts.
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

/** A value that is absent is matched by "*" alone: AWS's own examples end with `onReason: "*"` to exit. */
function matches(pattern: string | undefined, value = ""): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
