import { setTimeout as delay } from "node:timers/promises";
import { type ErrorCode, isMillraceError, type JobStatus, mayPass, retryDelayMs } from "@millrace/core";
import type { ThreadContext } from "./thread-context.ts";

const MAX_ATTEMPTS = 6;
/** About three minutes including the delays: exhausted or unresponsive resources recover by themselves. */
const MAX_PASSING_ATTEMPTS = 12;

/** An invalid dataset stays invalid. */
const INPUT_CODES: ReadonlySet<ErrorCode> = new Set([
  "no_input",
  "malformed_input",
  "item_too_large",
  "input_changed",
  "object_not_found",
  "object_unreadable",
  "unsupported_uri",
  "invalid_submission",
]);
/** Waiting would not fix any of these. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set([
  ...INPUT_CODES,
  "job_not_found",
  "state_corrupt",
  "state_too_new",
]);

/** Whether to retry a task that has failed for the `attempt`-th time (1-based). */
export function isWorthAnotherTry(error: unknown, attempt: number): boolean {
  const isFinal = isMillraceError(error) && FINAL_CODES.has(error.code);
  // A full disk is retried less: unpacking the dataset may be what fills it.
  const isPassing = mayPass(error) && !isMillraceError(error, "disk_full");
  return !isFinal && attempt < (isPassing ? MAX_PASSING_ATTEMPTS : MAX_ATTEMPTS);
}

export async function waitBeforeRetry(attempt: number, signal: AbortSignal): Promise<void> {
  await delay(retryDelayMs(attempt), undefined, { signal }).catch(() => {});
}

/**
 * Ends a job whose dataset could not be split: `enqueue_failed` when the input is at fault, otherwise
 * `unexpected_error`.
 */
export async function endFailedJob(context: ThreadContext, jobId: string, error: unknown): Promise<void> {
  const { backend, logger, now } = context;
  const atMs = now();
  const known = isMillraceError(error);
  const status: JobStatus = known && INPUT_CODES.has(error.code) ? "enqueue_failed" : "unexpected_error";
  const message = error instanceof Error ? error.message : String(error);
  const reason = { code: known ? error.code : "internal", message };
  try {
    // The log line comes first, so that clients that see the job's end, or followed its log until then, have it.
    await backend.logs
      .append(jobId, null, [{ timeMs: atMs, level: "error", worker: null, text: message }])
      .catch((cause: unknown) => logger.warn("log line not written", { job_id: jobId, error: cause }));
    await backend.ledger.jobs.transition(jobId, status, { atMs, reason });
  } catch (cause) {
    logger.error("cannot end job", { job_id: jobId, error: cause });
  }
}
