import { setTimeout as delay } from "node:timers/promises";
import { DEFAULTS, type WorkerRecord, waitOut } from "@millrace/core";
import type { WorkerContext } from "../context/worker-context.ts";

/** Maximum share of the time spent on reading a job's workers, of which there may be thousands. */
const MAX_LOOK_SHARE = 0.1;

/**
 * Waits until the job's other workers have ended their predictors, which their status `succeeded` shows: what those
 * still write must exist when the job is over. Skips workers that are dead, silent, or have no predictor to end, and
 * waits no longer than a predictor may take.
 */
export async function awaitPredictors(
  context: WorkerContext,
  /** @default the time a predictor may take to end */
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
