import type { Job } from "@millrace/core";
import type { ReconcilerContext } from "./context.ts";

/** Ends a job whose timeout has passed, counted from its submission; true when it did. */
export async function enforceTimeout(context: ReconcilerContext, job: Job): Promise<boolean> {
  const { jobId, timeoutSeconds, createdAtMs } = job.spec;
  const atMs = context.now();
  if (timeoutSeconds === undefined || atMs < createdAtMs + timeoutSeconds * 1_000) return false;
  const reason = {
    code: "timed_out",
    message: `The job was not over ${timeoutSeconds} s after its submission; submit with a longer timeout, or retry what is left`,
  };
  const ended = await context.backend.ledger.jobs.transition(jobId, "timed_out", { atMs, reason });
  if (ended) context.enqueuer.cancel(jobId);
  return ended;
}
