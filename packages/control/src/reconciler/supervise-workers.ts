import { DEFAULTS, type Job, type PoolWorker, retryDelayMs, WORKER_EXIT } from "@millrace/core";
import type { ReconcilerContext, SeenWorker } from "./context.ts";
import { describeExit } from "./describe-exit.ts";
import { endUnstartable, giveUp } from "./give-up.ts";
import { noteRunning } from "./stalled-workers.ts";

/** Starts workers that are missing, starts again those that died, and ends the job when none can go on. */
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
  if (missing.length > 0)
    await startWorkers(
      context,
      job,
      missing.map(({ worker }) => worker),
    );
  for (const worker of seen) await noteWaiting(context, jobId, worker);
  await noteRunning(context, job, seen);
  for (const worker of seen) await restartIfDead(context, job, worker);
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
  workers: readonly number[],
): Promise<void> {
  for (const worker of workers)
    await backend.ledger.workers.update(job.spec.jobId, worker, { status: "pending" });
  await backend.pool.start(job, workers);
}

/** A worker that waits for resources says so in its record. */
async function noteWaiting(context: ReconcilerContext, jobId: string, seen: SeenWorker): Promise<void> {
  const { worker, process, record } = seen;
  const reason = process?.reason;
  if (process?.state !== "pending" || reason === undefined || record?.reason === reason) return;
  await context.backend.ledger.workers.update(jobId, worker, { status: "pending", reason });
}

/** A worker that left because nothing was left for it stays away; one that died comes back, later each time. */
async function restartIfDead(context: ReconcilerContext, job: Job, seen: SeenWorker): Promise<void> {
  const { worker, process, record } = seen;
  const { jobId } = job.spec;
  if (process?.state !== "exited") return context.exits.forget(jobId, worker, "exited");
  if (process.exitCode === WORKER_EXIT.done || isGivenUp(seen)) return;
  const reclaimed = process.exitCode === WORKER_EXIT.released;
  const fruitless = record?.fruitlessRestarts ?? 0;
  const delayMs = fruitless === 0 ? 0 : retryDelayMs(fruitless);
  if (context.exits.sinceMs(jobId, worker, "exited") < delayMs) return;
  await restart(context, job, { ...seen, charged: !reclaimed });
}

export function isGivenUp({ process, record }: SeenWorker): boolean {
  const exited = process?.state === "exited" && process.exitCode !== WORKER_EXIT.released;
  return exited && (record?.fruitlessRestarts ?? 0) >= DEFAULTS.maxWorkerRestarts;
}

async function restart(
  context: ReconcilerContext,
  job: Job,
  seen: SeenWorker & { readonly charged: boolean },
): Promise<void> {
  const { worker, process, record } = seen;
  const { jobId } = job.spec;
  const { ledger, logs, pool } = context.backend;
  const how = describeExit(process);
  context.logger.warn("worker ended early", { job_id: jobId, worker, how });
  const text = `Worker ${worker} ended early (${how}); it is started again`;
  await logs.append(jobId, null, [{ timeMs: context.now(), level: "warn", worker: null, text }]);
  await ledger.workers.update(jobId, worker, {
    status: "pending",
    reason: `started again: ${how}`,
    restarts: (record?.restarts ?? 0) + 1,
    fruitlessRestarts: (record?.fruitlessRestarts ?? 0) + (seen.charged ? 1 : 0),
    // The heartbeat of its last life is old: without this the new one would count as stalled while it starts.
    heartbeatAtMs: context.now(),
  });
  context.exits.forget(jobId, worker, "exited");
  await pool.start(job, [worker]);
}

/** All have left. One that left in peace is called back to finish the job, should it not be over; else nobody can. */
async function reviveOrGiveUp(
  context: ReconcilerContext,
  job: Job,
  seen: readonly SeenWorker[],
): Promise<void> {
  const left = seen.filter((worker) => !isGivenUp(worker));
  if (left.length === 0) return giveUp(context, job, seen);
  const peaceful = left.every(({ process }) => process?.exitCode === WORKER_EXIT.done);
  const first = left[0];
  if (peaceful && first) await restart(context, job, { ...first, charged: true });
}
