import { hasEnded, hasStarted, type Job } from "./job.ts";
import type { JobBoard } from "./job-board.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Scheduler } from "./scheduler.ts";

export interface StopContext {
  readonly board: JobBoard;
  readonly lifecycle: Lifecycle;
  readonly scheduler: Scheduler;
  readonly stopTimeoutMs: number;
}

/** TerminateJob: ends the job in any status, a parent with all its children; an unknown id is not an error. */
export function terminateJob(id: string, reason: string, context: StopContext): void {
  for (const job of familyOf(id, context.board)) {
    if (hasEnded(job)) continue;
    job.isTerminated = true;
    job.stopReason ??= reason;
    if (job.run !== undefined) {
      job.run.stop({ statusReason: reason, isFinal: true }, context.stopTimeoutMs);
    } else if (!hasStarted(job)) endUnstarted(job, reason, context.lifecycle);
  }
  context.scheduler.schedule();
}

/** CancelJob: ends only what has not started, but reports success for the rest as well. */
export function cancelJob(id: string, reason: string, context: StopContext): void {
  for (const job of familyOf(id, context.board)) {
    if (hasEnded(job) || hasStarted(job)) continue;
    job.isCancelled = true;
    job.stopReason ??= reason;
    endUnstarted(job, reason, context.lifecycle);
  }
  context.scheduler.schedule();
}

function familyOf(id: string, board: JobBoard): readonly Job[] {
  const job = board.get(id);
  return job === undefined ? [] : [job, ...(job.array?.children ?? [])];
}

/** A parent with children ends when they have ended. */
function endUnstarted(job: Job, reason: string, lifecycle: Lifecycle): void {
  if (job.array === undefined || job.array.children.length === 0) lifecycle.fail(job, reason);
}
