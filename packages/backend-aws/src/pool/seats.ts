import type { JobDetail } from "@aws-sdk/client-batch";
import { type PoolWorker, WORKER_EXIT } from "@millrace/core";
import { type BatchPoller, isFinal } from "./poller.ts";
import type { Ending, Generation } from "./pool-records.ts";
import { canNeverStart, endReason, exitCodeOf, isReclaimed, waitingReason } from "./reasons.ts";

/** A worker's place in the newest submission that includes it. */
export interface Seat {
  readonly worker: number;
  readonly index: number;
  readonly generation: Generation;
}

/** Each worker's newest seat. */
export function seatsOf(generations: readonly Generation[]): ReadonlyMap<number, Seat> {
  const seats = new Map<number, Seat>();
  for (const generation of generations) {
    for (const [index, worker] of generation.workers.entries())
      seats.set(worker, { worker, index, generation });
  }
  return seats;
}

/** The pool's description of a worker, from the last known state of its child and from the records. */
export function describeChild(
  { worker, generation }: Seat,
  {
    child,
    ending,
    nowMs,
  }: { readonly child: JobDetail | undefined; readonly ending: Ending | undefined; readonly nowMs: number },
): PoolWorker {
  const ended = child && isFinal(child) ? endingOf(child, generation.generation) : ending;
  if (ended?.generation === generation.generation) {
    const { exitCode, reason } = ended;
    return {
      worker,
      state: "exited",
      ...(exitCode !== undefined && { exitCode }),
      ...(reason !== undefined && { reason }),
    };
  }
  if (child?.status === "RUNNING") return { worker, state: "running" };
  const reason = child ? waitingReason(child, nowMs) : "submitted to AWS Batch";
  return { worker, state: "pending", reason, ...(child && canNeverStart(child) && { neverStarts: true }) };
}

/** How a finished child ended. */
export function endingOf(child: JobDetail, generation: number): Ending {
  if (child.status === "SUCCEEDED") return { generation, exitCode: WORKER_EXIT.done };
  // A worker whose machine was reclaimed did nothing wrong, however its process ended.
  const exitCode = isReclaimed(child) ? WORKER_EXIT.released : exitCodeOf(child);
  return { generation, reason: endReason(child), ...(exitCode !== undefined && { exitCode }) };
}

/** Whether AWS Batch has reported the end of every child. */
export function hasEnded({ batchJobId, workers }: Generation, poller: BatchPoller): boolean {
  return workers.every((_, index) => isFinal(poller.child(batchJobId as string, index)));
}

/**
 * Whether every worker of a submission has ended as far as is known; a newer process of a worker started only after its
 * end.
 */
export function isOver(
  generation: Generation,
  { poller, endings }: { readonly poller: BatchPoller; readonly endings: ReadonlyMap<number, Ending> },
): boolean {
  return generation.workers.every(
    (worker, index) =>
      isFinal(poller.child(generation.batchJobId as string, index)) ||
      (endings.get(worker)?.generation ?? 0) >= generation.generation,
  );
}
