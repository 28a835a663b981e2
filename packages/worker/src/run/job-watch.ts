import { DEFAULTS, isTerminal, timeoutAtMs, timeoutReason } from "@millrace/core";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { PredictorSlot } from "../pipeline/predictor-slot.ts";
import type { WorkerContext } from "./context.ts";
import { constructingSince } from "./explain.ts";

const HEARTBEAT_MS = DEFAULTS.heartbeatSeconds * 1_000;

/**
 * Keeps the worker's claims alive and sees what happens to the job meanwhile: stopped, timed out, failed elsewhere.
 * @returns a function that ends the watch
 */
export function watchJob(
  context: WorkerContext,
  options: {
    readonly pipeline: Pipeline;
    readonly slot: PredictorSlot;
    /** False once the pipeline has ended: from then on the worker's status is told elsewhere. */
    readonly isPredicting: () => boolean;
    readonly onJobOver: () => void;
  },
): () => void {
  const { backend, job, worker, logger } = context;
  // On a clock that nobody sets: one that jumps ends no job.
  const dueMs = performance.now() + (timeoutAtMs(job) ?? Number.POSITIVE_INFINITY) - Date.now();
  const look = async () => {
    if (isTerminal(await backend.ledger.jobs.status(job.jobId))) return options.onJobOver();
    if (performance.now() < dueMs) return;
    const end = { atMs: Date.now(), reason: timeoutReason(job) };
    await backend.ledger.jobs.transition(job.jobId, "timed_out", end);
    options.onJobOver();
  };
  let told: string | undefined;
  const report = () => {
    const { pipeline, slot } = options;
    const reason = slot.restartsAtMs === undefined ? undefined : constructingSince(slot.restartsAtMs);
    // People wonder why the job stands still.
    const isNews = reason !== told && options.isPredicting();
    if (isNews) told = reason;
    return backend.ledger.workers.update(job.jobId, worker, {
      ...(isNews && { status: "running", ...(reason !== undefined && { reason }) }),
      heartbeatAtMs: Date.now(),
      peakMemoryBytes: slot.peakMemoryBytes,
      report: pipeline.report(),
    });
  };
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
