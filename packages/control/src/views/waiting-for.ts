import { type Backend, isTerminal, type Job, type WorkerView } from "@millrace/core";

/**
 * What keeps a job from moving, in one sentence; null where it moves, or nobody knows. As long as one of its workers has
 * nothing to say, that one is at work.
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
  return others.length === 0 ? first : `${first}; ${others.length} more wait, too`;
}
