import { DEFAULTS, WORKER_EXIT, waitOut } from "@millrace/core";
import { explain } from "../context/explain.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { prepareHere } from "../prepare/prepare-here.ts";
import type { Prepared } from "../prepare/prepared.ts";
import { endJob, isPredictorFailure, predictorFailure } from "./end-job.ts";

/**
 * Prepares the worker's version on its machine if no deploy has done so. The installation's output goes to the job's
 * log.
 *
 * @returns the prepared version, or the exit code of a process that need not continue: the project is broken, and the
 * job has ended
 */
export async function prepareWorker(
  context: WorkerContext,
  options: {
    readonly scratchDirectory: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Aborts when the process is asked to exit. */
    readonly release: AbortSignal;
  },
): Promise<Prepared | number> {
  const { backend, job, api, worker, logger, log } = context;
  const { scratchDirectory, env, release } = options;
  const beat = () =>
    backend.ledger.workers.update(job.jobId, worker, {
      status: "initializing",
      reason: "preparing the project",
      heartbeatAtMs: Date.now(),
    });
  // An installation may take long, and a worker without heartbeats counts as stalled.
  const beating = setInterval(() => {
    beat().catch((error: unknown) => logger.warn("heartbeat not written", { error }));
  }, DEFAULTS.heartbeatSeconds * 1_000);
  try {
    await waitOut(beat, context);
    const onOutput = (line: string) => void log.add("info", line);
    return await prepareHere({
      api,
      objects: backend.objects,
      scratchDirectory,
      onOutput,
      signal: release,
      logger,
      env,
    });
  } catch (error) {
    if (release.aborted) return WORKER_EXIT.released;
    if (!isPredictorFailure(error)) throw error;
    log.add("error", explain(error));
    await log.flush();
    // If other workers could prepare it, the fault is not in the project but in this machine or its network.
    if (await hasOthersAtWork(context)) throw error;
    await endJob(context, predictorFailure(error));
    return WORKER_EXIT.done;
  } finally {
    clearInterval(beating);
    await log.flush();
  }
}

async function hasOthersAtWork(context: WorkerContext): Promise<boolean> {
  const { backend, job, worker } = context;
  const records = await waitOut(() => backend.ledger.workers.list(job.jobId), context);
  return records.some(
    ({ worker: other, status, succeededItems }) =>
      other !== worker && (status === "running" || succeededItems > 0),
  );
}
