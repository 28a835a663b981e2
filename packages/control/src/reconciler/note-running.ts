import { DEFAULTS, type Job } from "@millrace/core";
import type { ReconcilerContext, SeenWorker } from "./context.ts";

/** If all workers of a job are silent for this long, nobody is working: they are ended and restarted. */
const ALL_SILENT_MS = 4 * DEFAULTS.leaseSeconds * 1_000;

/** Marks workers whose heartbeat is older than a lease as stalled, and clears the mark when heartbeats return. */
export async function noteRunning(
  context: ReconcilerContext,
  job: Job,
  seen: readonly SeenWorker[],
): Promise<void> {
  const { jobId } = job.spec;
  for (const { worker, process } of seen) {
    if (process?.state !== "running") context.exits.forget(jobId, worker, "stalled");
  }
  const running = seen.filter(({ process }) => process?.state === "running");
  let silentMs = Number.POSITIVE_INFINITY;
  for (const worker of running) silentMs = Math.min(silentMs, await noteSilence(context, jobId, worker));
  if (running.length === 0 || silentMs < ALL_SILENT_MS) return;
  context.logger.error("all workers are silent", { job_id: jobId });
  for (const { worker } of running) context.exits.forget(jobId, worker, "stalled");
  // Not awaited: on a cluster it takes minutes, and other jobs must be handled meanwhile.
  context.backend.pool.stop(jobId, { graceSeconds: 1 }).catch((error: unknown) => {
    context.logger.error("cannot end silent workers", { job_id: jobId, error });
  });
}

/** How long the worker has been silent, in milliseconds; 0 when it is not. */
async function noteSilence(context: ReconcilerContext, jobId: string, seen: SeenWorker): Promise<number> {
  const { worker, record } = seen;
  const { workers } = context.backend.ledger;
  const heardMs = record?.heartbeatAtMs;
  const silent = heardMs !== undefined && context.now() - heardMs > DEFAULTS.leaseSeconds * 1_000;
  if (silent) {
    if (record?.status === "running" || record?.status === "initializing") {
      await workers.update(jobId, worker, { status: "stalled", reason: "no heartbeat" });
    }
    return context.exits.sinceMs(jobId, worker, "stalled");
  }
  context.exits.forget(jobId, worker, "stalled");
  if (record?.status === "stalled") await workers.update(jobId, worker, { status: "running" });
  return 0;
}
