import { setTimeout as delay } from "node:timers/promises";
import {
  DEFAULTS,
  endWithOutput,
  isMillraceError,
  isTerminal,
  type StatusReason,
  waitOut,
  writeParts,
} from "@millrace/core";
import { explain, inOneLine } from "../context/explain.ts";
import type { RunContext } from "../context/worker-context.ts";
import { diedUnsaid, type PredictorSlot } from "../predictor-process/mod.ts";
import { awaitPredictors } from "./await-predictors.ts";
import { endPredictorWithJob } from "./end-predictor.ts";

/** First delay of workers that wait for another one to complete the job; the delay grows with the wait. */
const FIRST_WAIT_MS = 200;

/**
 * Brings a job whose items all have their rows to its final status. One worker holds the completion lease, runs the
 * predictor's hook, writes the ordered output and sets the status. The others end their predictors and wait, ready to
 * take over. The status is set after every predictor has ended, so that whoever sees it finds the predictors' own
 * output complete.
 */
export async function completeJob(context: RunContext, signal: AbortSignal): Promise<void> {
  const { backend, job } = context;
  const { jobs } = backend.ledger;
  const lease = { owner: `worker-${context.worker}`, seconds: DEFAULTS.completionLeaseSeconds };
  let isWaiting = false;
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, backend.pace.lookMs)) {
    const status = await waitOut(() => jobs.status(job.jobId), context);
    if (isTerminal(status)) return;
    if (await waitOut(() => jobs.acquireCompletion(job.jobId, lease), context)) {
      const renewal = setInterval(() => {
        jobs.acquireCompletion(job.jobId, lease).catch((error: unknown) => {
          context.logger.warn("completion lease not renewed", { error });
        });
      }, DEFAULTS.heartbeatSeconds * 1_000);
      context.sheet.lap("idle");
      try {
        await finish(context);
        return;
      } catch (error) {
        // Lets another worker take over immediately.
        await jobs.releaseCompletion(job.jobId, lease.owner);
        if (!signal.aborted) throw error;
      } finally {
        clearInterval(renewal);
      }
    }
    if (!isWaiting && !signal.aborted) await standBy(context);
    isWaiting = true;
    await delay(waitMs, undefined, { signal }).catch(() => {});
  }
}

/** Another worker is completing the job, and waits for this one's predictor to end. */
async function standBy(context: RunContext): Promise<void> {
  const { backend, job, worker } = context;
  await endPredictorWithJob(context);
  await context.log.flush();
  await waitOut(() => backend.ledger.workers.update(job.jobId, worker, { status: "succeeded" }), context);
}

async function finish(context: RunContext): Promise<void> {
  const { backend, job, worker } = context;
  const failure = await runHook(context);
  const current = await backend.ledger.jobs.get(job.jobId);
  if (isTerminal(current.status)) return;
  const [rows] = await Promise.all([
    waitOut(() => writeParts(backend, current), context),
    endPredictorWithJob(context),
    awaitPredictors(context),
  ]);
  // Clients that see the job's end may read its log, or have followed it: it must be complete.
  await context.log.flush();
  // They may also read where the time went.
  const last = { heartbeatAtMs: Date.now(), report: context.sheet.report("writing") };
  await waitOut(() => backend.ledger.workers.update(job.jobId, worker, last), context);
  await waitOut(() => endWithOutput(backend, current, { rows, failure, now: Date.now }), context);
}

/** Runs the hook. Returns why it failed: then all results exist, but the hook's work does not. */
async function runHook({ slot, log, logger }: RunContext): Promise<StatusReason | undefined> {
  for (let start = 1; ; start++) {
    try {
      await callHook(slot);
      return undefined;
    } catch (error) {
      if (!isMillraceError(error) || error.code === "unavailable") throw error;
      logger.error("on_job_complete failed", { error, start });
      log.add("error", `on_job_complete failed: ${explain(error)}`);
      if (diedUnsaid(error) && start < DEFAULTS.maxPredictorStarts) continue;
      return {
        code: "hook_failed",
        message: `Every item has its row, but on_job_complete failed: ${inOneLine({ type: error.details.type, message: error.message })}`,
      };
    }
  }
}

/** One attempt; a predictor that dies in it, or died unnoticed before, is replaced in the next one. */
async function callHook(slot: PredictorSlot): Promise<void> {
  const predictor = await slot.get();
  try {
    await predictor.complete({ timeoutMs: DEFAULTS.hookTimeoutSeconds * 1_000 });
  } catch (error) {
    if (predictor.pid === undefined) await slot.discard(predictor);
    throw error;
  }
}
