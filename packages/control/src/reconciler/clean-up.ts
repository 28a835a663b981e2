import { setTimeout as delay } from "node:timers/promises";
import { DEFAULTS, forEachAtOnce, type JobStatus } from "@millrace/core";
import type { ReconcilerContext } from "./context.ts";

/** Workers of a job that ended normally exit by themselves; this is how long they have before they are stopped. */
const LEAVE_MS = 5_000;
const POLL_MS = 50;
const ENDED_WELL: ReadonlySet<JobStatus> = new Set(["succeeded", "completed_with_failures"]);

/** What is left to do once a job is over: end its workers, compose its output if that is missing, drop its queue. */
export async function cleanUp(context: ReconcilerContext, jobId: string): Promise<void> {
  const { backend, enqueuer, webhooks } = context;
  const job = await backend.ledger.jobs.get(jobId);
  webhooks.look(job);
  enqueuer.cancel(jobId);
  if (ENDED_WELL.has(job.status)) await waitForExit(context, jobId);
  await backend.pool.stop(jobId, { graceSeconds: DEFAULTS.stopGraceSeconds });
  await settleRecords(context, jobId, job.status);
  const { output } = await backend.ledger.jobs.get(jobId);
  if (!output) await enqueuer.compose(jobId);
  await backend.queue.delete(jobId);
  await backend.ledger.jobs.settle(jobId);
}

async function waitForExit({ backend }: ReconcilerContext, jobId: string): Promise<void> {
  const deadlineMs = performance.now() + LEAVE_MS;
  while (performance.now() < deadlineMs) {
    const workers = await backend.pool.describe(jobId);
    if (!workers.some(({ state }) => state === "running")) return;
    await delay(POLL_MS);
  }
}

/** No process is left, so no record may say that one is running. */
async function settleRecords(
  { backend }: ReconcilerContext,
  jobId: string,
  status: JobStatus,
): Promise<void> {
  const records = await backend.ledger.workers.list(jobId);
  const open = records.filter((record) => record.status !== "succeeded" && record.status !== "failed");
  const ended = ENDED_WELL.has(status) ? "succeeded" : "failed";
  await forEachAtOnce(open, ({ worker, reason = `ended with the job, which is ${status}` }) =>
    backend.ledger.workers.update(jobId, worker, { status: ended, reason }),
  );
}
