import { DEFAULTS } from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import type { PredictorEnd } from "../predictor-process/mod.ts";

/** After this long, users wonder what a job whose items are all done is waiting for. */
const TELL_AFTER_MS = 1_000;

/**
 * Lets the worker's predictor exit like any program in its language: exit handlers run, threads are joined, buffers are
 * flushed. The rows are already safe, so problems are only logged.
 */
export async function endPredictor({ slot, log }: RunContext, graceSeconds: number): Promise<void> {
  const end = await slot.end({ graceMs: graceSeconds * 1_000 });
  const trouble = end && troubleOf(end, graceSeconds);
  if (trouble) void log.add("warn", trouble);
}

/** Like {@link endPredictor}, after the job's last batch; logs what it is waiting for if that takes long. */
export async function endPredictorWithJob(context: RunContext): Promise<void> {
  const { backend, job, worker, logger } = context;
  const graceSeconds = DEFAULTS.predictorExitGraceSeconds;
  const reason = `waiting for the predictor to exit, at most ${graceSeconds} s`;
  let told: Promise<void> | undefined;
  const timer = setTimeout(() => {
    told = backend.ledger.workers
      .update(job.jobId, worker, { status: "running", reason })
      .catch((error: unknown) => logger.warn("reason not written", { error }));
  }, TELL_AFTER_MS);
  await endPredictor(context, graceSeconds);
  clearTimeout(timer);
  await told;
}

function troubleOf(end: PredictorEnd, graceSeconds: number): string | undefined {
  if (end.wasKilled) {
    return (
      `the predictor had finished but did not exit within ${graceSeconds} s, so it was killed, and what it had not yet written is lost; ` +
      "stop its threads, timers, servers and connections in on_job_complete or an exit handler"
    );
  }
  if (end.signal !== null) return `the predictor had finished, but was ended by ${end.signal}`;
  return end.exitCode === 0
    ? undefined
    : `the predictor had finished, but ended with exit code ${end.exitCode}`;
}
