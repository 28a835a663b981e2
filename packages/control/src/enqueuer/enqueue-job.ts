import { setImmediate } from "node:timers/promises";
import { isTerminal, type WorkerBackend } from "@millrace/core";
import type { EnqueueCheckpoint, EnqueueStep } from "./enqueue-step.ts";
import { planDataset } from "./plan-dataset.ts";
import { planRetry } from "./plan-retry.ts";
import type { ThreadContext } from "./thread-context.ts";

/**
 * Puts all batches of a job into its queue, and makes it `running`. Resumes where an earlier life stopped: batches that
 * were sent after the last checkpoint are sent again, which queue and ledger take as the same ones.
 */
export async function enqueueJob(context: ThreadContext, jobId: string, signal: AbortSignal): Promise<void> {
  const { backend, send, now } = context;
  const { ledger, queue } = backend;
  const job = await ledger.jobs.get(jobId);
  if (job.status === "pending") await ledger.jobs.transition(jobId, "enqueuing", { atMs: now() });
  else if (job.status !== "enqueuing") return;
  await queue.create(jobId);
  const { dataset } = job.spec;
  const resume = await ledger.batches.checkpoint(jobId);
  const steps =
    dataset.kind === "retry"
      ? planRetry(backend, { jobId, parentJobId: dataset.parentJobId, resume })
      : planDataset(backend, { jobId, dataset, resume, signal });
  let last: EnqueueCheckpoint | undefined;
  for await (const step of steps) {
    await queueStep(backend, jobId, step);
    if (last === undefined && !step.checkpoint.done) send({ type: "begun", jobId });
    last = step.checkpoint;
    // SQLite never waits: without this the thread would hear nothing, and serve no other job, for a whole chunk of input.
    await setImmediate();
    if (signal.aborted || isTerminal((await ledger.jobs.get(jobId)).status)) return;
  }
  if (!last?.done) return;
  await finish(context, jobId, last);
}

/** Sources first: a worker must find those of every batch it leases. */
async function queueStep(backend: WorkerBackend, jobId: string, step: EnqueueStep): Promise<void> {
  const { ledger, queue } = backend;
  if (step.sources.length > 0) await ledger.batches.addSources(jobId, step.sources);
  if (step.batches.length > 0)
    await queue.send(
      jobId,
      step.batches.map((batch) => ({ batch })),
    );
  await ledger.batches.saveCheckpoint(jobId, step.checkpoint);
}

async function finish(
  { backend, now }: ThreadContext,
  jobId: string,
  totals: EnqueueCheckpoint,
): Promise<void> {
  const { items, batches, sources } = totals;
  await backend.ledger.jobs.setTotals(jobId, { items, batches });
  const moved = await backend.ledger.jobs.transition(jobId, "running", { atMs: now() });
  if (!moved) return;
  const text = `Enqueued ${items} items in ${batches} batches from ${sources} ${sources === 1 ? "object" : "objects"}`;
  await backend.logs.append(jobId, null, [{ timeMs: now(), level: "info", worker: null, text }]);
}
