import { composeOutput } from "@millrace/core";
import type { ThreadContext } from "./thread-context.ts";

/**
 * Ends a job without items: its output is empty and complete, and no worker starts for it. Should the service die between
 * the two steps, a worker completes the job.
 */
export async function endEmptyJob({ backend, now }: ThreadContext, jobId: string): Promise<void> {
  const { jobs } = backend.ledger;
  await composeOutput(backend, await jobs.get(jobId), { status: "succeeded" });
  await jobs.transition(jobId, "running", { atMs: now() });
  if (await jobs.transition(jobId, "succeeded", { atMs: now() })) return;
  // Somebody stopped it meanwhile: its manifest must not say that it succeeded.
  await composeOutput(backend, await jobs.get(jobId));
}
