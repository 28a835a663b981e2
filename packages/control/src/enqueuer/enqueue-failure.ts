import { setTimeout as delay } from "node:timers/promises";
import { type ErrorCode, isMillraceError, type JobStatus, mayPass, retryDelayMs } from "@millrace/core";
import type { ThreadContext } from "./thread-context.ts";

const MAX_ATTEMPTS = 6;
/** With the waits between them about three minutes: what is used up, or does not answer, passes by itself. */
const MAX_PASSING_ATTEMPTS = 12;

/** What is wrong with the dataset stays wrong. */
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
/** Nothing that waiting would mend. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set([
  ...INPUT_CODES,
  "job_not_found",
  "state_corrupt",
  "state_too_new",
]);

/** Whether a task that failed the `attempt`-th time (from 1) should be tried again. */
export function isWorthAnotherTry(error: unknown, attempt: number): boolean {
  const isFinal = isMillraceError(error) && FINAL_CODES.has(error.code);
  // A full disk is not waited for as long: unpacking the dataset may be what fills it.
  const isPassing = mayPass(error) && !isMillraceError(error, "disk_full");
  return !isFinal && attempt < (isPassing ? MAX_PASSING_ATTEMPTS : MAX_ATTEMPTS);
}

export async function waitBeforeRetry(attempt: number, signal: AbortSignal): Promise<void> {
  await delay(retryDelayMs(attempt), undefined, { signal }).catch(() => {});
}

/** Ends a job whose dataset could not be split: `enqueue_failed` when the input is at fault, else `unexpected_error`. */
export async function endFailedJob(context: ThreadContext, jobId: string, error: unknown): Promise<void> {
  const { backend, logger, now } = context;
  const atMs = now();
  const known = isMillraceError(error);
  const status: JobStatus = known && INPUT_CODES.has(error.code) ? "enqueue_failed" : "unexpected_error";
  const message = error instanceof Error ? error.message : String(error);
  const reason = { code: known ? error.code : "internal", message };
  try {
    // The line first: who sees the job's end may read its log, and has followed it until then.
    await backend.logs
      .append(jobId, null, [{ timeMs: atMs, level: "error", worker: null, text: message }])
      .catch((cause: unknown) => logger.warn("log line not written", { job_id: jobId, error: cause }));
    await backend.ledger.jobs.transition(jobId, status, { atMs, reason });
  } catch (cause) {
    logger.error("cannot end job", { job_id: jobId, error: cause });
  }
}
