import { DEFAULTS, type Job } from "@millrace/core";
import type { ReconcilerContext, SeenWorker } from "./context.ts";
import { describeExit } from "./describe-exit.ts";

const OUT_OF_MEMORY = /out of memory|\boom\b/i;

/**
 * Ends a job when none of its workers can continue: `worker_oom` when memory was the cause, otherwise `worker_error`.
 */
export async function giveUp(
  context: ReconcilerContext,
  job: Job,
  seen: readonly SeenWorker[],
): Promise<void> {
  const { jobId } = job.spec;
  const causes = seen.map(({ process, record }) => `${record?.reason ?? ""} ${describeExit(process)}`);
  const outOfMemory = causes.some((cause) => OUT_OF_MEMORY.test(cause));
  const last = seen[0];
  for (const { worker, process } of seen) {
    await context.backend.ledger.workers.update(jobId, worker, {
      status: "failed",
      reason: describeExit(process),
    });
  }
  const who = seen.length === 1 ? "The worker" : `Each of the ${seen.length} workers`;
  const times = DEFAULTS.maxWorkerRestarts + 1;
  const message =
    `${who} ended ${times} times in a row without finishing a batch (${describeExit(last?.process)}); ` +
    `${outOfMemory ? "give it more memory or smaller batches" : "see the job's logs"}, then retry the job`;
  await context.backend.ledger.jobs.transition(jobId, outOfMemory ? "worker_oom" : "worker_error", {
    atMs: context.now(),
    reason: { code: outOfMemory ? "predictor_out_of_memory" : "predictor_crashed", message },
  });
  context.enqueuer.cancel(jobId);
}

/** Ends a job none of whose workers can ever start on these machines, since it would wait forever. */
export async function endUnstartable(
  context: ReconcilerContext,
  job: Job,
  seen: readonly SeenWorker[],
): Promise<void> {
  const { jobId } = job.spec;
  const why = describeExit(seen[0]?.process);
  await context.backend.ledger.jobs.transition(jobId, "worker_error", {
    atMs: context.now(),
    reason: {
      code: "no_worker_can_start",
      message: `No worker of the job can run: ${why}, deploy and retry the job`,
    },
  });
  context.enqueuer.cancel(jobId);
}
