import { DEFAULTS, isMillraceError, type Job, WORKER_EXIT, type WorkerRecord } from "@millrace/core";
import { persist } from "../pipeline/persist.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import type { PipelineEnd } from "../pipeline/pipeline-end.ts";
import { PredictorSlot } from "../pipeline/predictor-slot.ts";
import type { Prepared } from "../prepare/prepared.ts";
import { completeJob } from "./complete-job.ts";
import type { WorkerContext } from "./context.ts";
import { endJob, isPredictorFailure, predictorFailure } from "./end-job.ts";
import { endPredictor } from "./end-predictor.ts";
import { constructingSince, explain } from "./explain.ts";
import { watchJob } from "./job-watch.ts";
import { startPredictor } from "./start-predictor.ts";
import { TimeSheet } from "./time-sheet.ts";
import { WorkerLog } from "./worker-log.ts";

/** Of the stop grace, what the batch in flight gets; the rest is for writing and releasing. */
const FINISH_MS = 20_000;

export interface RunOptions {
  readonly prepared: Prepared;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The predictor's. @default this process's */
  readonly umask?: number | undefined;
  /** Aborts when the process is told to end (SIGTERM). */
  readonly release: AbortSignal;
}

/** A worker's whole life. @returns the process's exit code, one of WORKER_EXIT */
export async function runWorker(context: WorkerContext, options: RunOptions): Promise<number> {
  const { backend, job, worker } = context;
  const record = (fields: Parameters<typeof backend.ledger.workers.update>[2]) =>
    persist(() => backend.ledger.workers.update(job.jobId, worker, fields), context);
  const log = new WorkerLog(context);
  const [current, before] = await persist(
    () => Promise.all([backend.ledger.jobs.get(job.jobId), backend.ledger.workers.get(job.jobId, worker)]),
    context,
  );
  const sheet = openTimeSheet(current, before);
  const slot = new PredictorSlot(context, (predictor, signal) =>
    startPredictor(predictor, context, {
      ...options,
      totalBatches: current.totalBatches ?? null,
      startedAtMs: current.startedAtMs,
      onLine: (line, batch) => log.add("info", line, batch),
      signal,
    }),
  );
  const pipeline = new Pipeline(context, { slot, log, sheet });
  const jobOver = new AbortController();
  let isPredicting = true;
  const stopWatching = watchJob(context, {
    pipeline,
    slot,
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
  options.release.addEventListener("abort", onRelease, { once: true });
  if (options.release.aborted) onRelease();
  try {
    const startedAtMs = Date.now();
    await record({
      status: "initializing",
      startedAtMs,
      heartbeatAtMs: startedAtMs,
      reason: constructingSince(startedAtMs),
    });
    const end = await pipeline.run();
    isPredicting = false;
    return await settle(context, {
      end,
      slot,
      log,
      sheet,
      signal: jobOver.signal,
      released: () => options.release.aborted,
    });
  } finally {
    stopWatching();
    // What was written of batches that are done should be whole; a job that somebody has ended waits for nothing.
    await endPredictor(slot, { log, graceSeconds: DEFAULTS.predictorQuitGraceSeconds });
    await log.flush();
    await backend.ledger.workers.update(job.jobId, worker, {
      heartbeatAtMs: Date.now(),
      peakMemoryBytes: slot.peakMemoryBytes,
      report: sheet.report("idle"),
    });
  }
}

/** Goes on from what the worker's lives before have told; the time since then, or since its job runs, it waited. */
function openTimeSheet(job: Job, before: WorkerRecord | undefined): TimeSheet {
  const { createdAtMs, eagerStart } = job.spec;
  const runsSinceMs = job.startedAtMs ?? (eagerStart ? createdAtMs : Number.POSITIVE_INFINITY);
  return new TimeSheet({
    before: before?.report,
    dueAtMs: before?.report ? (before.heartbeatAtMs ?? runsSinceMs) : runsSinceMs,
    jobCreatedAtMs: createdAtMs,
  });
}

interface Settling {
  readonly end: PipelineEnd;
  readonly slot: PredictorSlot;
  readonly log: WorkerLog;
  readonly sheet: TimeSheet;
  readonly signal: AbortSignal;
  readonly released: () => boolean;
}

async function settle(context: WorkerContext, settling: Settling): Promise<number> {
  const { backend, job, worker, logger } = context;
  const { end, slot, log } = settling;
  switch (end.kind) {
    case "complete":
      await completeJob(context, { slot, log, sheet: settling.sheet, signal: settling.signal });
      if (settling.released()) return WORKER_EXIT.released;
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
