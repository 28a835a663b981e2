import type { Job } from "./job.ts";
import { isTerminal, type JobStatus } from "./job-status.ts";
import type { BatchLedger } from "./ports/ledger-batches.ts";

/** Ends that are not failures: the job succeeded, or somebody asked for it. */
const AS_WISHED: ReadonlySet<JobStatus> = new Set(["succeeded", "completed_with_failures", "stopped"]);

/**
 * True for a job that failed before it started any item, for example because its dataset could not be read. All of its
 * work is still to do, so another submission with the same idempotency key creates a new job.
 */
export async function beganNothing(batches: BatchLedger, { spec, status }: Job): Promise<boolean> {
  if (!isTerminal(status) || AS_WISHED.has(status)) return false;
  const { succeededItems, failedItems } = await batches.progress(spec.jobId);
  if (succeededItems + failedItems > 0) return false;
  for await (const _attempt of batches.allAttempts(spec.jobId)) return false;
  return true;
}
