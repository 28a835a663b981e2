import { type Backend, isTerminal, type Job, type WorkerView } from "@millrace/core";

/**
 * What a job is waiting for, in one sentence; null if it is making progress or the cause is unknown. If at least one
 * worker has no reason for waiting, that worker is working.
 */
export async function waitingFor(
  { obstacle }: Pick<Backend, "obstacle">,
  { job, workers }: { readonly job: Job; readonly workers: readonly WorkerView[] },
): Promise<string | null> {
  if (isTerminal(job.status)) return null;
  const found = await obstacle?.();
  if (found !== undefined) return found;
  const open = workers.filter(({ status }) => status !== "succeeded" && status !== "failed");
  const reasons = open.flatMap(({ worker, status, reason }) =>
    reason === null ? [] : [`worker ${worker} is ${status}: ${reason}`],
  );
  const [first, ...others] = reasons;
  if (first === undefined || reasons.length < open.length) return null;
  return others.length === 0 ? first : `${first}; ${others.length} more waiting`;
}
