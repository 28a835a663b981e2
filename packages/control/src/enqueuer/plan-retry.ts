import type { BatchDescriptor, Source, WorkerBackend } from "@millrace/core";
import type { EnqueueCheckpoint, EnqueueStep } from "./enqueue-step.ts";

const GROUP_BATCHES = 1_000;

interface RetryCheckpoint extends EnqueueCheckpoint {
  /** First item of the last batch that was queued; batches are planned in this order. */
  readonly lastFirst?: number;
}

/** The batches of another job that have no output, as new batches: their attempts are counted from zero. */
export async function* planRetry(
  backend: WorkerBackend,
  options: { readonly jobId: string; readonly parentJobId: string; readonly resume: unknown },
): AsyncGenerator<EnqueueStep> {
  const { batches: ledger } = backend.ledger;
  const { parentJobId } = options;
  let { items, batches, lastFirst = -1 } = (options.resume ?? { items: 0, batches: 0 }) as RetryCheckpoint;
  const sources = await ledger.sources(parentJobId);
  // Recorded with the first batches; a resumed run records them again, which changes nothing.
  let newSources: readonly Source[] = sources;
  let group: BatchDescriptor[] = [];
  const takeStep = (done: boolean): EnqueueStep => {
    const checkpoint: RetryCheckpoint = { items, batches, sources: sources.length, lastFirst, done };
    const step = { sources: newSources, batches: group, checkpoint };
    newSources = [];
    group = [];
    return step;
  };
  for await (const { first, count, segments } of ledger.unfinished(parentJobId)) {
    if (first <= lastFirst) continue;
    group.push({ first, count, segments });
    items += count;
    batches += 1;
    lastFirst = first;
    if (group.length >= GROUP_BATCHES) yield takeStep(false);
  }
  yield takeStep(true);
}
