import { setImmediate } from "node:timers/promises";
import { endWithOutput, isTerminal, type LogLine, type WorkerBackend } from "@millrace/core";
import type { EnqueueCheckpoint, EnqueueStep } from "./enqueue-step.ts";
import { InputNotes } from "./input-notes.ts";
import { planDataset } from "./plan-dataset.ts";
import { planRetry } from "./plan-retry.ts";
import type { ThreadContext } from "./thread-context.ts";

/**
 * Puts all batches of a job into its queue and sets it to `running`. Resumes where the previous run stopped: batches
 * sent after the last checkpoint are sent again, and queue and ledger treat them as duplicates.
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
  const notes = new InputNotes();
  const steps =
    dataset.kind === "retry"
      ? planRetry(backend, { jobId, parentJobId: dataset.parentJobId, resume })
      : planDataset(backend, { jobId, dataset, resume, notes, signal });
  let last: EnqueueCheckpoint | undefined;
  try {
    for await (const step of steps) {
      await queueStep(backend, jobId, step);
      await log(context, jobId, notes.take());
      if (last === undefined && !step.checkpoint.done) send({ type: "begun", jobId });
      last = step.checkpoint;
      // SQLite calls are synchronous: without this the thread would receive no messages and serve no other job for a
      // whole chunk of input.
      await setImmediate();
      if (signal.aborted || isTerminal((await ledger.jobs.get(jobId)).status)) return;
    }
  } finally {
    // Notes from before the mistake may explain it.
    notes.end();
    await log(context, jobId, notes.take());
  }
  if (last?.done) await finish(context, jobId, { ...last, skipped: notes.skippedText });
}

/** Sources first: a worker must find the sources of every batch it leases. */
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
  context: ThreadContext,
  jobId: string,
  totals: EnqueueCheckpoint & { readonly skipped: string },
): Promise<void> {
  const { backend, now } = context;
  const { items, batches, sources, skipped } = totals;
  const text = `Enqueued ${items} ${items === 1 ? "item" : "items"} in ${batches} ${batches === 1 ? "batch" : "batches"} from ${sources} ${sources === 1 ? "object" : "objects"}${skipped}`;
  await backend.ledger.jobs.setTotals(jobId, { items, batches });
  if (items === 0) {
    await log(context, jobId, [text], "info");
    // Its output is empty and complete, and no worker starts for it.
    const job = await backend.ledger.jobs.get(jobId);
    await endWithOutput(backend, job, { rows: { succeeded: 0, failed: 0, parts: [] }, now });
    return;
  }
  const moved = await backend.ledger.jobs.transition(jobId, "running", { atMs: now() });
  if (moved) await log(context, jobId, [text], "info");
}

/** Failing to write the log must not keep a job from being enqueued, nor hide why it failed. */
async function log(
  { backend, logger, now }: ThreadContext,
  jobId: string,
  texts: readonly string[],
  level: LogLine["level"] = "warn",
): Promise<void> {
  if (texts.length === 0) return;
  const lines = texts.map((text): LogLine => ({ timeMs: now(), level, worker: null, text }));
  await backend.logs
    .append(jobId, null, lines)
    .catch((error: unknown) => logger.warn("log lines not written", { job_id: jobId, error }));
}
