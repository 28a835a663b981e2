import {
  type Attempt,
  type BatchCommit,
  type BatchDescriptor,
  type BatchLedger,
  batchId,
  type CommitOutcome,
  failedRanges,
  type ItemRange,
  isTerminal,
  MillraceError,
  type Progress,
  type ResultBlock,
} from "@millrace/core";
import { isCommitted, isSettled, type JobState, type MemoryState } from "../state/memory-state.ts";
import { addToWorker } from "./ledger-workers.ts";

export function memoryBatches(state: MemoryState): BatchLedger {
  return {
    addSources: async (jobId, sources) => {
      const job = state.job(jobId);
      for (const source of sources) job.sources.set(source.id, structuredClone(source));
    },
    source: async (jobId, id) => {
      const source = state.job(jobId).sources.get(id);
      if (source) return structuredClone(source);
      throw new MillraceError("not_found", `Cannot find source ${id} of job "${jobId}": there is none`);
    },
    sources: async (jobId) =>
      structuredClone([...state.job(jobId).sources.values()].sort((a, b) => a.id - b.id)),
    saveCheckpoint: async (jobId, checkpoint) => {
      state.job(jobId).checkpoint = structuredClone(checkpoint);
    },
    checkpoint: async (jobId) => structuredClone(state.job(jobId).checkpoint),
    commit: async (jobId, commits) => {
      const job = state.job(jobId);
      return { outcomes: commits.map((commit) => commitOne(job, commit)), progress: progressOf(job) };
    },
    isDone: async (jobId, range) => isCommitted(state.job(jobId), range),
    split: async (jobId, batch) => splitRange(state.job(jobId), batch),
    recordAttempt: async (jobId, attempt) => {
      const { attempts } = state.job(jobId);
      const known = attempts.get(batchId(attempt)) ?? [];
      attempts.set(batchId(attempt), known);
      return known.push({ ...structuredClone(attempt), attempt: known.length + 1 });
    },
    attempts: async (jobId, range) => structuredClone(state.job(jobId).attempts.get(batchId(range)) ?? []),
    allAttempts: (jobId) => each(() => attemptsInOrder(state.job(jobId))),
    progress: async (jobId) => progressOf(state.job(jobId)),
    results: (jobId, options) => each(() => blocksOf(state.job(jobId), options), options?.signal),
    unfinished: (jobId) => each(() => unfinishedOf(state.job(jobId))),
  };
}

/** The current values, one after another; errors are thrown with the first. */
async function* each<Value>(read: () => readonly Value[], signal?: AbortSignal): AsyncGenerator<Value> {
  for (const value of read()) {
    signal?.throwIfAborted();
    yield structuredClone(value);
  }
}

function byRange(a: ItemRange, b: ItemRange): number {
  return a.first - b.first || a.count - b.count;
}

function commitOne(job: JobState, commit: BatchCommit): CommitOutcome {
  const { batch } = commit;
  failedRanges(commit);
  if (isCommitted(job, batch)) return "duplicate";
  if (isTerminal(job.job.status) || isSettled(job, batch) || job.committed.has(batch.first))
    return "superseded";
  job.committed.set(batch.first, structuredClone(commit));
  addToWorker(job, commit);
  return "committed";
}

function splitRange(job: JobState, range: ItemRange): boolean {
  if (isTerminal(job.job.status) || isCommitted(job, range)) return false;
  job.split.add(batchId(range));
  return true;
}

function progressOf({ job, committed }: JobState): Progress {
  const progress = {
    ...{ succeededItems: 0, failedItems: 0, succeededBatches: 0, failedBatches: 0, predictMs: 0 },
    status: job.status,
    ...(job.totalItems !== undefined && { totalItems: job.totalItems }),
    ...(job.totalBatches !== undefined && { totalBatches: job.totalBatches }),
  };
  for (const { batch, failedItems, predictMs } of committed.values()) {
    const kind = failedItems > 0 ? "failed" : "succeeded";
    progress.succeededItems += batch.count - failedItems;
    progress.failedItems += failedItems;
    progress[`${kind}Batches`] += 1;
    progress.predictMs += predictMs;
  }
  return progress;
}

function attemptsInOrder({ attempts }: JobState): readonly Attempt[] {
  return [...attempts.values()].flat().sort((a, b) => byRange(a, b) || a.attempt - b.attempt);
}

function blocksOf(
  { committed }: JobState,
  { from = 0, failedOnly = false }: { readonly from?: number; readonly failedOnly?: boolean } = {},
): readonly ResultBlock[] {
  return [...committed.values()]
    .map(({ batch: { first, count }, rows, failedItems }) => ({ first, count, rows, failedItems }))
    .filter(({ first, count, failedItems }) => first + count > from && (!failedOnly || failedItems > 0))
    .sort(byRange);
}

/**
 * Batches that failed, and batches that were sent but not committed; a split range is replaced by its parts once they
 * are sent.
 */
function unfinishedOf(job: JobState): readonly BatchDescriptor[] {
  const planned = [...job.planned.values()];
  const hasParts = ({ first, count }: ItemRange) =>
    planned.some((part) => part.count < count && part.first >= first && part.first < first + count);
  const isLeft = (batch: BatchDescriptor) =>
    !isCommitted(job, batch) && !(job.split.has(batchId(batch)) && hasParts(batch));
  const failed = [...job.committed.values()].flatMap(failedRanges);
  return [...failed, ...planned.filter(isLeft)].sort(byRange);
}
