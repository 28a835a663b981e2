import type { Job } from "./job.ts";
import { isTerminal, type JobStatus } from "./job-status.ts";
import type { BatchLedger } from "./ports/ledger-batches.ts";

/** Ends that somebody asked for, or is glad of. */
const AS_WISHED: ReadonlySet<JobStatus> = new Set(["succeeded", "completed_with_failures", "stopped"]);

/**
 * True for a job that broke before it began any item, such as one whose dataset could not be read: what it was to do is
 * still to be done, so a submission that comes again under its idempotency key makes a new job.
 */
export async function beganNothing(batches: BatchLedger, { spec, status }: Job): Promise<boolean> {
  if (!isTerminal(status) || AS_WISHED.has(status)) return false;
  const { succeededItems, failedItems } = await batches.progress(spec.jobId);
  if (succeededItems + failedItems > 0) return false;
  for await (const _attempt of batches.allAttempts(spec.jobId)) return false;
  return true;
}
