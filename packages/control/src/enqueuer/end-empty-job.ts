import { endWithOutput } from "@millrace/core";
import type { ThreadContext } from "./thread-context.ts";

/** Ends a job without items: its output is empty and complete, and no worker starts for it. */
export async function endEmptyJob({ backend, now }: ThreadContext, jobId: string): Promise<void> {
  const job = await backend.ledger.jobs.get(jobId);
  await endWithOutput(backend, job, { rows: { succeeded: 0, failed: 0, parts: [] }, now });
}
