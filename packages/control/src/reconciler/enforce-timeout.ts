import { type Job, timeoutAtMs, timeoutReason } from "@millrace/core";
import type { ReconcilerContext } from "./context.ts";

/** Ends a job whose timeout has passed, counted from its submission; true when it did. */
export async function enforceTimeout(context: ReconcilerContext, job: Job): Promise<boolean> {
  const { jobId } = job.spec;
  const atMs = context.now();
  if (atMs < (timeoutAtMs(job.spec) ?? Number.POSITIVE_INFINITY)) return false;
  const reason = timeoutReason(job.spec);
  const ended = await context.backend.ledger.jobs.transition(jobId, "timed_out", { atMs, reason });
  if (ended) context.enqueuer.cancel(jobId);
  return ended;
}
