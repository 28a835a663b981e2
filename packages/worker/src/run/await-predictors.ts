import { DEFAULTS, type WorkerRecord } from "@millrace/core";
import { persist } from "../pipeline/persist.ts";
import type { WorkerContext } from "./context.ts";
import type { WorkerLog } from "./worker-log.ts";

/** No more than this share of the time goes into looking at a job's workers, of which there may be thousands. */
const MAX_LOOK_SHARE = 0.1;

/**
 * Waits until the job's other workers have ended their predictors, which they say by the status `succeeded`: what those
 * still write must be there when the job is over. Not for workers that are dead or silent, or have nothing to end yet;
 * and no longer than a predictor may take.
 */
export async function awaitPredictors(context: WorkerContext, log: WorkerLog): Promise<void> {
  const { backend, job, worker } = context;
  if (job.workers === 1) return;
  const deadlineMs = performance.now() + DEFAULTS.predictorExitGraceSeconds * 1_000;
  for (;;) {
    const lookedMs = performance.now();
    const records = await persist(() => backend.ledger.workers.list(job.jobId), context);
    const left = records.filter((record) => record.worker !== worker && isAtWork(record));
    if (left.length === 0) return;
    if (performance.now() >= deadlineMs) {
      const who = left.map((record) => record.worker).join(", ");
      void log.add("warn", `the job ends although the predictor of worker ${who} has not ended`);
      return;
    }
    const waitMs = Math.max(backend.pace.idleMs / 2, (performance.now() - lookedMs) / MAX_LOOK_SHARE);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

function isAtWork({ status, heartbeatAtMs = 0 }: WorkerRecord): boolean {
  return status === "running" && Date.now() - heartbeatAtMs < DEFAULTS.leaseSeconds * 1_000;
}
