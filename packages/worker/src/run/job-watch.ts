import { DEFAULTS, isTerminal, timeoutAtMs, timeoutReason } from "@millrace/core";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { PredictorSlot } from "../pipeline/predictor-slot.ts";
import type { WorkerContext } from "./context.ts";

const HEARTBEAT_MS = DEFAULTS.heartbeatSeconds * 1_000;

/**
 * Keeps the worker's claims alive and sees what happens to the job meanwhile: stopped, timed out, failed elsewhere.
 * @returns a function that ends the watch
 */
export function watchJob(
  context: WorkerContext,
  options: { readonly pipeline: Pipeline; readonly slot: PredictorSlot; readonly onJobOver: () => void },
): () => void {
  const { backend, job, worker, logger } = context;
  const deadlineMs = timeoutAtMs(job) ?? Number.POSITIVE_INFINITY;
  const look = async () => {
    if (isTerminal(await backend.ledger.jobs.status(job.jobId))) return options.onJobOver();
    const atMs = Date.now();
    if (atMs < deadlineMs) return;
    await backend.ledger.jobs.transition(job.jobId, "timed_out", { atMs, reason: timeoutReason(job) });
    options.onJobOver();
  };
  const report = () =>
    backend.ledger.workers.update(job.jobId, worker, {
      heartbeatAtMs: Date.now(),
      peakMemoryBytes: options.slot.peakMemoryBytes,
      report: options.pipeline.report(),
    });
  const guarded = (name: string, step: () => Promise<void>) => () => {
    step().catch((error: unknown) => logger.warn("look at the job failed", { step: name, error }));
  };
  const looking = setInterval(guarded("status", look), backend.pace.lookMs);
  // Jitter, so that a thousand workers do not beat as one.
  const jitter = 0.9 + Math.random() * 0.1;
  const beating = setInterval(
    guarded("heartbeat", () => options.pipeline.heartbeat()),
    HEARTBEAT_MS * jitter,
  );
  const reporting = setInterval(guarded("report", report), backend.pace.reportMs * jitter);
  return () => {
    clearInterval(looking);
    clearInterval(beating);
    clearInterval(reporting);
  };
}
