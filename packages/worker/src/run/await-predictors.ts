import { setTimeout as delay } from "node:timers/promises";
import { DEFAULTS, type WorkerRecord, waitOut } from "@millrace/core";
import type { WorkerContext } from "../context/worker-context.ts";

/** No more than this share of the time goes into looking at a job's workers, of which there may be thousands. */
const MAX_LOOK_SHARE = 0.1;

/**
 * Waits until the job's other workers have ended their predictors, which they say by the status `succeeded`: what those
 * still write must be there when the job is over. Not for workers that are dead or silent, or have nothing to end yet;
 * and no longer than a predictor may take.
 */
export async function awaitPredictors(
  context: WorkerContext,
  /** @default what a predictor may take to end */
  graceMs = DEFAULTS.predictorExitGraceSeconds * 1_000,
): Promise<void> {
  const { backend, job, worker } = context;
  if (job.workers === 1) return;
  const deadlineMs = performance.now() + graceMs;
  for (;;) {
    const lookedMs = performance.now();
    const records = await waitOut(() => backend.ledger.workers.list(job.jobId), context);
    const left = records.filter((record) => record.worker !== worker && isAtWork(record));
    if (left.length === 0) return;
    if (performance.now() >= deadlineMs) {
      const who = left.map((record) => record.worker).join(", ");
      void context.log.add("warn", `the job ends although the predictor of worker ${who} has not ended`);
      return;
    }
    await delay(Math.max(backend.pace.idleMs / 2, (performance.now() - lookedMs) / MAX_LOOK_SHARE));
  }
}

function isAtWork({ status, heartbeatAtMs = 0 }: WorkerRecord): boolean {
  return status === "running" && Date.now() - heartbeatAtMs < DEFAULTS.leaseSeconds * 1_000;
}
