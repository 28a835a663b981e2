import { composeOutput, DEFAULTS, isMillraceError, isTerminal, type StatusReason } from "@millrace/core";
import { persist } from "../pipeline/persist.ts";
import type { PredictorSlot } from "../pipeline/predictor-slot.ts";
import type { WorkerContext } from "./context.ts";

const WAIT_MS = 200;

/**
 * Brings a job whose items all have their rows to its final status: of all workers one holds the completion lease, runs
 * the predictor's hook, writes the ordered output and sets the status; the others wait, ready to take over.
 */
export async function completeJob(
  context: WorkerContext,
  options: { slot: PredictorSlot; signal: AbortSignal },
): Promise<void> {
  const { backend, job, worker, logger } = context;
  const owner = `worker-${worker}`;
  const lease = { owner, seconds: DEFAULTS.completionLeaseSeconds };
  while (!options.signal.aborted) {
    const progress = await persist(() => backend.ledger.batches.progress(job.jobId), { logger });
    if (isTerminal(progress.status)) return;
    if (await persist(() => backend.ledger.jobs.acquireCompletion(job.jobId, lease), { logger })) {
      const renewal = setInterval(() => {
        backend.ledger.jobs.acquireCompletion(job.jobId, lease).catch((error: unknown) => {
          logger.warn("completion lease not renewed", { error });
        });
      }, DEFAULTS.heartbeatSeconds * 1_000);
      try {
        await finish(context, { slot: options.slot, failedItems: progress.failedItems });
        return;
      } catch (error) {
        // Another worker may take over at once.
        await backend.ledger.jobs.releaseCompletion(job.jobId, owner);
        if (!options.signal.aborted) throw error;
      } finally {
        clearInterval(renewal);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

async function finish(
  context: WorkerContext,
  options: { slot: PredictorSlot; failedItems: number },
): Promise<void> {
  const { backend, job, logger } = context;
  const hookFailure = await runHook(context, options.slot);
  const current = await backend.ledger.jobs.get(job.jobId);
  if (isTerminal(current.status)) return;
  const status = hookFailure
    ? "worker_error"
    : options.failedItems > 0
      ? "completed_with_failures"
      : "succeeded";
  await persist(() => composeOutput(backend, current, { status }), { logger });
  await persist(
    () =>
      backend.ledger.jobs.transition(job.jobId, status, {
        atMs: Date.now(),
        ...(hookFailure && { reason: hookFailure }),
      }),
    { logger },
  );
}

/** The hook failed: every result is there, but what the hook was to do is not. */
async function runHook(context: WorkerContext, slot: PredictorSlot): Promise<StatusReason | undefined> {
  try {
    const predictor = await slot.get();
    await predictor.complete({ timeoutMs: DEFAULTS.hookTimeoutSeconds * 1_000 });
    return undefined;
  } catch (error) {
    if (!isMillraceError(error) || error.code === "unavailable") throw error;
    context.logger.error("on_job_complete failed", { error });
    return {
      code: "hook_failed",
      message: `Every item has its row, but on_job_complete failed: ${describe(error)}`,
    };
  }
}

function describe(error: {
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}): string {
  return typeof error.details.type === "string" ? `${error.details.type}: ${error.message}` : error.message;
}
