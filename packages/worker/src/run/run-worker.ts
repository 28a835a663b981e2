import {
  DEFAULTS,
  isMillraceError,
  type Job,
  mayPass,
  WORKER_EXIT,
  type WorkerRecord,
  waitOut,
} from "@millrace/core";
import { constructingSince, explain } from "../context/explain.ts";
import { TimeSheet } from "../context/time-sheet.ts";
import type { RunContext, WorkerContext } from "../context/worker-context.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import type { PipelineEnd } from "../pipeline/pipeline-end.ts";
import { type LaunchPredictor, PredictorSlot } from "../predictor-process/mod.ts";
import { completeJob } from "./complete-job.ts";
import { endJob, isPredictorFailure, predictorFailure } from "./end-job.ts";
import { endPredictor } from "./end-predictor.ts";
import { watchJob } from "./job-watch.ts";

/** The part of the stop grace for the batch in flight; the rest is for writing and releasing. */
const FINISH_MS = 20_000;

export interface RunOptions {
  /** How the job's predictors are launched. */
  readonly launch: (job: Job) => LaunchPredictor;
  /** Aborts when the process is asked to exit (SIGTERM). */
  readonly release: AbortSignal;
}

/** A worker's complete run. @returns the process's exit code, one of WORKER_EXIT */
export async function runWorker(worker: WorkerContext, { launch, release }: RunOptions): Promise<number> {
  const context = await openRun(worker, launch);
  const { slot } = context;
  const pipeline = new Pipeline(context);
  const jobOver = new AbortController();
  let isPredicting = true;
  const stopWatching = watchJob(context, {
    pipeline,
    isPredicting: () => isPredicting,
    onJobOver: () => {
      jobOver.abort();
      pipeline.end({ kind: "job_over" });
      void slot.kill();
    },
  });
  const onRelease = () => {
    pipeline.end({ kind: "released" });
    jobOver.abort();
    setTimeout(() => void slot.kill(), FINISH_MS).unref();
  };
  release.addEventListener("abort", onRelease, { once: true });
  if (release.aborted) onRelease();
  try {
    await sayConstructing(context);
    const end = await pipeline.run();
    isPredicting = false;
    return await settle(context, end, { signal: jobOver.signal, release });
  } finally {
    stopWatching();
    // What the predictor wrote for finished batches should be complete; a job that somebody has ended does not wait.
    await endPredictor(context, DEFAULTS.predictorQuitGraceSeconds);
    await context.log.flush();
    await context.backend.ledger.workers.update(context.job.jobId, context.worker, {
      heartbeatAtMs: Date.now(),
      peakMemoryBytes: slot.peakMemoryBytes,
      report: context.sheet.report("idle"),
    });
  }
}

async function openRun(context: WorkerContext, launch: RunOptions["launch"]): Promise<RunContext> {
  const { jobs, workers } = context.backend.ledger;
  const { jobId } = context.job;
  const [job, before] = await waitOut(
    () => Promise.all([jobs.get(jobId), workers.get(jobId, context.worker)]),
    context,
  );
  const slot = new PredictorSlot(launch(job), context.logger);
  return { ...context, sheet: openTimeSheet(job, before), slot };
}

/**
 * Continues the report from before a restart; the time since then, or since the job started running, counts as waiting.
 */
function openTimeSheet(job: Job, before: WorkerRecord | undefined): TimeSheet {
  const { createdAtMs, eagerStart } = job.spec;
  const runsSinceMs = job.startedAtMs ?? (eagerStart ? createdAtMs : Number.POSITIVE_INFINITY);
  return new TimeSheet({
    before: before?.report,
    dueAtMs: before?.report ? (before.heartbeatAtMs ?? runsSinceMs) : runsSinceMs,
    jobCreatedAtMs: createdAtMs,
  });
}

async function sayConstructing(context: RunContext): Promise<void> {
  const startedAtMs = Date.now();
  const record = {
    status: "initializing",
    startedAtMs,
    heartbeatAtMs: startedAtMs,
    reason: constructingSince(startedAtMs),
  } as const;
  const { backend, job, worker } = context;
  await waitOut(() => backend.ledger.workers.update(job.jobId, worker, record), context);
}

async function settle(
  context: RunContext,
  end: PipelineEnd,
  { signal, release }: { readonly signal: AbortSignal; readonly release: AbortSignal },
): Promise<number> {
  const { backend, job, worker, logger, log } = context;
  switch (end.kind) {
    case "complete":
      await completeJob(context, signal);
      if (release.aborted) return WORKER_EXIT.released;
      break;
    case "broken":
      log.add("error", end.reason.message);
      await log.flush();
      await endJob(context, { status: "worker_error", reason: end.reason });
      break;
    case "failed":
      logger.error("worker failed", { error: end.error });
      log.add("error", explain(end.error));
      await log.flush();
      if (isPredictorFailure(end.error)) {
        await endJob(context, predictorFailure(end.error));
        break;
      }
      if (isMillraceError(end.error, "state_corrupt")) throw end.error;
      // A temporary error is not the job's fault: the worker is restarted, and the restart is not counted.
      if (mayPass(end.error)) return WORKER_EXIT.released;
      await backend.ledger.workers.update(job.jobId, worker, {
        status: "failed",
        reason: explain(end.error),
      });
      return WORKER_EXIT.failed;
    case "released":
      return WORKER_EXIT.released;
  }
  await backend.ledger.workers.update(job.jobId, worker, {
    status: end.kind === "failed" ? "failed" : "succeeded",
  });
  return WORKER_EXIT.done;
}
