import { WORKER_EXIT } from "@millrace/core";
import { persist } from "../pipeline/persist.ts";
import { prepareHere } from "../prepare/prepare-here.ts";
import type { Prepared } from "../prepare/prepared.ts";
import type { WorkerContext } from "./context.ts";
import { endJob, isPredictorFailure, predictorFailure } from "./end-job.ts";
import { explain } from "./explain.ts";
import { WorkerLog } from "./worker-log.ts";

/**
 * Prepares the worker's version on its machine, where no deploy has. What the installation prints is in the job's log.
 *
 * @returns the prepared version, or the exit code of a process that need not go on: the project is broken, and the job ended
 */
export async function prepareWorker(
  context: WorkerContext,
  options: {
    readonly scratchDirectory: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Aborts when the process is told to end. */
    readonly release: AbortSignal;
  },
): Promise<Prepared | number> {
  const { backend, job, api, worker } = context;
  const { scratchDirectory, env, release } = options;
  const log = new WorkerLog(context);
  try {
    const record = { status: "initializing", reason: "preparing the project" } as const;
    await persist(() => backend.ledger.workers.update(job.jobId, worker, record), context);
    const onOutput = (line: string) => void log.add("info", line);
    return await prepareHere({
      api,
      objects: backend.objects,
      scratchDirectory,
      onOutput,
      signal: release,
      env,
    });
  } catch (error) {
    if (release.aborted) return WORKER_EXIT.released;
    if (!isPredictorFailure(error)) throw error;
    log.add("error", explain(error));
    await log.flush();
    await endJob(context, predictorFailure(error));
    return WORKER_EXIT.done;
  } finally {
    await log.flush();
  }
}
