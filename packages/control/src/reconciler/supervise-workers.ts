import {
  DEFAULTS,
  forEachAtOnce,
  type Job,
  type LogLine,
  type PoolWorker,
  retryDelayMs,
  WORKER_EXIT,
} from "@millrace/core";
import type { ReconcilerContext, SeenWorker } from "./context.ts";
import { describeExit } from "./describe-exit.ts";
import { endUnstartable, giveUp } from "./give-up.ts";
import { noteRunning } from "./note-running.ts";

/** Starts missing workers, restarts those that died, and ends the job when none can continue. */
export async function superviseWorkers(
  context: ReconcilerContext,
  job: Job,
  processes: readonly PoolWorker[],
): Promise<void> {
  const { jobId } = job.spec;
  const records = await context.backend.ledger.workers.list(jobId);
  const seen = Array.from(
    { length: job.spec.workers },
    (_, worker): SeenWorker => ({
      worker,
      process: processes.find((process) => process.worker === worker),
      record: records.find((record) => record.worker === worker),
    }),
  );
  const missing = seen.filter(({ process }) => process === undefined);
  if (missing.length > 0) await startWorkers(context, job, missing);
  await noteRunning(context, job, seen);
  await restartDead(context, job, seen);
  if (missing.length === 0 && seen.every(({ process }) => process?.neverStarts)) {
    return endUnstartable(context, job, seen);
  }
  if (missing.length === 0 && seen.every(({ process }) => process?.state === "exited")) {
    await reviveOrGiveUp(context, job, seen);
  }
}

async function startWorkers(
  { backend }: ReconcilerContext,
  job: Job,
  missing: readonly SeenWorker[],
): Promise<void> {
  const { jobId } = job.spec;
  // Workers of a job that was waiting before the service restarted are already pending.
  const fresh = missing.filter(({ record }) => record?.status !== "pending");
  await forEachAtOnce(fresh, ({ worker }) =>
    backend.ledger.workers.update(jobId, worker, { status: "pending" }),
  );
  await backend.pool.start(
    job,
    missing.map(({ worker }) => worker),
  );
}

/** Workers that exited because nothing was left to do stay down; those that died are restarted, with growing delays. */
async function restartDead(context: ReconcilerContext, job: Job, seen: readonly SeenWorker[]): Promise<void> {
  const due = seen.filter((worker) => isDue(context, job, worker));
  const died = due.map((worker) => ({
    ...worker,
    charged: worker.process?.exitCode !== WORKER_EXIT.released,
  }));
  await restart(context, job, died);
}

function isDue(context: ReconcilerContext, job: Job, seen: SeenWorker): boolean {
  const { worker, process, record } = seen;
  const { jobId } = job.spec;
  if (process?.state !== "exited") {
    context.exits.forget(jobId, worker, "exited");
    return false;
  }
  if (process.exitCode === WORKER_EXIT.done || isGivenUp(seen)) return false;
  const fruitless = record?.fruitlessRestarts ?? 0;
  const delayMs = fruitless === 0 ? 0 : retryDelayMs(fruitless);
  return context.exits.sinceMs(jobId, worker, "exited") >= delayMs;
}

export function isGivenUp({ process, record }: SeenWorker): boolean {
  const exited = process?.state === "exited" && process.exitCode !== WORKER_EXIT.released;
  return exited && (record?.fruitlessRestarts ?? 0) >= DEFAULTS.maxWorkerRestarts;
}

/** Restarts workers together: on a cluster that is a single submission. */
async function restart(
  context: ReconcilerContext,
  job: Job,
  workers: readonly (SeenWorker & { readonly charged: boolean })[],
): Promise<void> {
  if (workers.length === 0) return;
  const { jobId } = job.spec;
  const { ledger, logs, pool } = context.backend;
  const lines = workers.map(({ worker, process }): LogLine => {
    const how = describeExit(process);
    context.logger.warn("worker ended early", { job_id: jobId, worker, how });
    const text = `Worker ${worker} ended early (${how}); it is started again`;
    return { timeMs: context.now(), level: "warn", worker: null, text };
  });
  // Failing to write the log must not keep workers from starting.
  await logs
    .append(jobId, null, lines)
    .catch((error: unknown) => context.logger.error("log lines not written", { job_id: jobId, error }));
  // Before the updates: a failed start is retried at the next tick and must not count as another restart.
  await pool.start(
    job,
    workers.map(({ worker }) => worker),
  );
  await forEachAtOnce(workers, async ({ worker, process, record, charged }) => {
    await ledger.workers.update(jobId, worker, {
      status: "pending",
      reason: `started again: ${describeExit(process)}`,
      restarts: (record?.restarts ?? 0) + 1,
      fruitlessRestarts: (record?.fruitlessRestarts ?? 0) + (charged ? 1 : 0),
      // The last heartbeat is from before the restart: without this the worker would count as stalled while it starts.
      heartbeatAtMs: context.now(),
    });
    context.exits.forget(jobId, worker, "exited");
  });
}

/**
 * All workers have exited. If they exited normally but the job is not over, one is restarted to finish it; otherwise
 * the job cannot continue.
 */
async function reviveOrGiveUp(
  context: ReconcilerContext,
  job: Job,
  seen: readonly SeenWorker[],
): Promise<void> {
  const left = seen.filter((worker) => !isGivenUp(worker));
  if (left.length === 0) return giveUp(context, job, seen);
  const peaceful = left.every(({ process }) => process?.exitCode === WORKER_EXIT.done);
  const first = left[0];
  if (peaceful && first) await restart(context, job, [{ ...first, charged: true }]);
}
