import { setTimeout as delay } from "node:timers/promises";
import { type Logger, MillraceError } from "@millrace/core";
import type { PoolRecords } from "./pool-records.ts";
import { WORKER_VARIABLES } from "./submit-job.ts";

/** A submission is registered right after AWS Batch answers, which may be after the process has started. */
const REGISTRATION_MS = 60_000;
const LOOK_MS = 250;

/** A process's job and worker number. */
export interface WorkerIdentity {
  readonly jobId: string;
  readonly worker: number;
}

/**
 * Identifies this process, from AWS Batch's variables and the ledger. Returns undefined for a process that must not
 * work: its Batch job is not the registered one (a retried submission created two), or a newer one has taken over its
 * worker.
 *
 * @throws {MillraceError} unavailable when the submission is not registered in time: retry later
 */
export async function identifyWorker(
  records: PoolRecords,
  { env, logger }: { readonly env: Readonly<Record<string, string | undefined>>; readonly logger: Logger },
): Promise<WorkerIdentity | undefined> {
  const jobId = env[WORKER_VARIABLES.job];
  const number = Number(env[WORKER_VARIABLES.generation]);
  const batchJobId = env.AWS_BATCH_JOB_ID?.split(":")[0];
  if (jobId === undefined || batchJobId === undefined || !Number.isInteger(number)) {
    throw new TypeError(
      `Cannot tell which worker this is: expected ${WORKER_VARIABLES.job}, ${WORKER_VARIABLES.generation} and AWS_BATCH_JOB_ID`,
    );
  }
  // A plain job has no array index.
  const index = Number(env.AWS_BATCH_JOB_ARRAY_INDEX ?? 0);
  const deadlineMs = performance.now() + REGISTRATION_MS;
  for (;;) {
    const generations = await records.generations(jobId);
    const own = generations.find(({ generation }) => generation === number);
    if (own?.batchJobId !== undefined && own.batchJobId !== batchJobId) {
      logger.warn("another Batch job has taken this worker's place, exiting", {
        job_id: jobId,
        registered: own.batchJobId,
      });
      return undefined;
    }
    if (own?.batchJobId !== undefined) {
      const worker = own.workers[index];
      const isReplaced = generations.some(
        ({ generation, workers }) => generation > number && worker !== undefined && workers.includes(worker),
      );
      if (isReplaced)
        logger.warn("a newer process has taken this worker's place, exiting", { job_id: jobId, worker });
      return worker === undefined || isReplaced ? undefined : { jobId, worker };
    }
    if (performance.now() > deadlineMs) {
      throw new MillraceError(
        "unavailable",
        `Cannot join job "${jobId}": its submission is not registered, try again`,
      );
    }
    await delay(LOOK_MS);
  }
}
