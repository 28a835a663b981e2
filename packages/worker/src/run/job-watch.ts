import { DEFAULTS, isTerminal, timeoutAtMs, timeoutReason } from "@millrace/core";
import { constructingSince } from "../context/explain.ts";
import type { RunContext } from "../context/worker-context.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";

const HEARTBEAT_MS = DEFAULTS.heartbeatSeconds * 1_000;

/**
 * Keeps the worker's leases alive and notices when the job ends: stopped, timed out, failed elsewhere.
 * @returns a function that ends the watch
 */
export function watchJob(
  context: RunContext,
  options: {
    readonly pipeline: Pick<Pipeline, "heartbeat" | "report">;
    /** False once the pipeline has ended: from then on the worker's status is reported elsewhere. */
    readonly isPredicting: () => boolean;
    readonly onJobOver: () => void;
  },
): () => void {
  const { backend, job, worker, logger, slot } = context;
  const { pipeline, isPredicting, onJobOver } = options;
  // On a monotonic clock: a clock change never ends a job.
  const dueMs = performance.now() + (timeoutAtMs(job) ?? Number.POSITIVE_INFINITY) - Date.now();
  const look = async () => {
    if (isTerminal(await backend.ledger.jobs.status(job.jobId))) return onJobOver();
    if (performance.now() < dueMs) return;
    const end = { atMs: Date.now(), reason: timeoutReason(job) };
    await backend.ledger.jobs.transition(job.jobId, "timed_out", end);
    onJobOver();
  };
  let told: string | undefined;
  const report = () => {
    const reason = slot.restartsAtMs === undefined ? undefined : constructingSince(slot.restartsAtMs);
    // Tells users why the job makes no progress.
    const isNews = reason !== told && isPredicting();
    if (isNews) told = reason;
    return backend.ledger.workers.update(job.jobId, worker, {
      ...(isNews && { status: "running", ...(reason !== undefined && { reason }) }),
      heartbeatAtMs: Date.now(),
      peakMemoryBytes: slot.peakMemoryBytes,
      report: pipeline.report(),
    });
  };
  // Jitter, so that a thousand workers do not send their heartbeats at the same time.
  const jitter = 0.9 + Math.random() * 0.1;
  const steps = [
    { name: "status", step: look, everyMs: backend.pace.lookMs },
    { name: "heartbeat", step: () => pipeline.heartbeat(), everyMs: HEARTBEAT_MS * jitter },
    { name: "report", step: report, everyMs: backend.pace.reportMs * jitter },
  ];
  const timers = steps.map(({ name, step, everyMs }) =>
    setInterval(() => {
      step().catch((error: unknown) => logger.warn("look at the job failed", { step: name, error }));
    }, everyMs),
  );
  return () => timers.forEach(clearInterval);
}
