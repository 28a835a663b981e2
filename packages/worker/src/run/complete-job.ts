import {
  DEFAULTS,
  endWithOutput,
  isMillraceError,
  isTerminal,
  type StatusReason,
  writeParts,
} from "@millrace/core";
import { persist } from "../pipeline/persist.ts";
import { diedUnsaid, type PredictorSlot } from "../pipeline/predictor-slot.ts";
import { awaitPredictors } from "./await-predictors.ts";
import type { WorkerContext } from "./context.ts";
import { endPredictorWithJob } from "./end-predictor.ts";
import { explain, inOneLine } from "./explain.ts";
import type { TimeSheet } from "./time-sheet.ts";
import type { WorkerLog } from "./worker-log.ts";

/** Those who wait for another worker to complete the job look again after this, and less often the longer it takes. */
const FIRST_WAIT_MS = 200;

/** What completing a job needs. */
interface Completing {
  readonly slot: PredictorSlot;
  readonly log: WorkerLog;
  readonly sheet: TimeSheet;
}

/**
 * Brings a job whose items all have their rows to its final status: of all workers one holds the completion lease, runs
 * the predictor's hook, writes the ordered output and sets the status. The others end their predictors and wait, ready to
 * take over. The status comes after every predictor's end: who sees it finds whole what they wrote.
 */
export async function completeJob(
  context: WorkerContext,
  options: Completing & { readonly signal: AbortSignal },
): Promise<void> {
  const { backend, job, worker, logger } = context;
  const owner = `worker-${worker}`;
  const lease = { owner, seconds: DEFAULTS.completionLeaseSeconds };
  let isWaiting = false;
  for (
    let waitMs = FIRST_WAIT_MS;
    !options.signal.aborted;
    waitMs = Math.min(waitMs * 2, backend.pace.lookMs)
  ) {
    const status = await persist(() => backend.ledger.jobs.status(job.jobId), { logger });
    if (isTerminal(status)) return;
    if (await persist(() => backend.ledger.jobs.acquireCompletion(job.jobId, lease), { logger })) {
      const renewal = setInterval(() => {
        backend.ledger.jobs.acquireCompletion(job.jobId, lease).catch((error: unknown) => {
          logger.warn("completion lease not renewed", { error });
        });
      }, DEFAULTS.heartbeatSeconds * 1_000);
      options.sheet.lap("idle");
      try {
        await finish(context, options);
        return;
      } catch (error) {
        // Another worker may take over at once.
        await backend.ledger.jobs.releaseCompletion(job.jobId, owner);
        if (!options.signal.aborted) throw error;
      } finally {
        clearInterval(renewal);
      }
    }
    if (!isWaiting && !options.signal.aborted) await standBy(context, options);
    isWaiting = true;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/** Another worker completes the job, which waits for this one's predictor to end. */
async function standBy(context: WorkerContext, options: Completing): Promise<void> {
  const { backend, job, worker, logger } = context;
  await endPredictorWithJob(context, options);
  await options.log.flush();
  await persist(() => backend.ledger.workers.update(job.jobId, worker, { status: "succeeded" }), { logger });
}

async function finish(context: WorkerContext, options: Completing): Promise<void> {
  const { backend, job, worker, logger } = context;
  const failure = await runHook(context, options);
  const current = await backend.ledger.jobs.get(job.jobId);
  if (isTerminal(current.status)) return;
  const [rows] = await Promise.all([
    persist(() => writeParts(backend, current), { logger }),
    endPredictorWithJob(context, options),
    awaitPredictors(context, options.log),
  ]);
  // Who sees the job's end may read its log, or has followed it: everything must be there.
  await options.log.flush();
  // Who sees the end may look where the time went, too.
  const last = { heartbeatAtMs: Date.now(), report: options.sheet.report("writing") };
  await persist(() => backend.ledger.workers.update(job.jobId, worker, last), { logger });
  await persist(() => endWithOutput(backend, current, { rows, failure, now: Date.now }), { logger });
}

/** Runs the hook. Returns why it failed: then every result is there, but what the hook was to do is not. */
async function runHook(context: WorkerContext, { slot, log }: Completing): Promise<StatusReason | undefined> {
  for (let start = 1; ; start++) {
    try {
      await callHook(slot);
      return undefined;
    } catch (error) {
      if (!isMillraceError(error) || error.code === "unavailable") throw error;
      context.logger.error("on_job_complete failed", { error, start });
      log.add("error", `on_job_complete failed: ${explain(error)}`);
      if (diedUnsaid(error) && start < DEFAULTS.maxPredictorStarts) continue;
      return {
        code: "hook_failed",
        message: `Every item has its row, but on_job_complete failed: ${inOneLine({ type: error.details.type, message: error.message })}`,
      };
    }
  }
}

/** One try; a predictor that dies in it, or died before it unnoticed, is replaced at the next. */
async function callHook(slot: PredictorSlot): Promise<void> {
  const predictor = await slot.get();
  try {
    await predictor.complete({ timeoutMs: DEFAULTS.hookTimeoutSeconds * 1_000 });
  } catch (error) {
    if (predictor.pid === undefined) await slot.discard(predictor);
    throw error;
  }
}
