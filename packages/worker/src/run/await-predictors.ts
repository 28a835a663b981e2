import { DEFAULTS, type WorkerRecord } from "@millrace/core";
import { persist } from "../pipeline/persist.ts";
import type { WorkerContext } from "./context.ts";
import type { WorkerLog } from "./worker-log.ts";

const FIRST_LOOK_MS = 10;

/**
 * Waits until the job's other workers have ended their predictors, which they say by the status `succeeded`: what those
 * still write must be there when the job is over. Not for workers that are dead or silent, or have nothing to end yet;
 * and no longer than a predictor may take.
 */
export async function awaitPredictors(context: WorkerContext, log: WorkerLog): Promise<void> {
  const { backend, job, worker } = context;
  if (job.workers === 1) return;
  const deadlineMs = performance.now() + DEFAULTS.predictorExitGraceSeconds * 1_000;
  for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(lookMs * 2, backend.pace.lookMs)) {
    const records = await persist(() => backend.ledger.workers.list(job.jobId), context);
    const left = records.filter((record) => record.worker !== worker && isAtWork(record));
    if (left.length === 0) return;
    if (performance.now() >= deadlineMs) {
      const who = left.map((record) => record.worker).join(", ");
      void log.add("warn", `the job ends although the predictor of worker ${who} has not ended`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

function isAtWork({ status, heartbeatAtMs = 0 }: WorkerRecord): boolean {
  return status === "running" && Date.now() - heartbeatAtMs < DEFAULTS.leaseSeconds * 1_000;
}
