import {
  type Dataset,
  type ObjectStat,
  openSource,
  type PlanCheckpoint,
  planBatches,
  type Source,
  type WorkerBackend,
} from "@millrace/core";
import type { EnqueueStep } from "./enqueue-step.ts";
import { listedObjects, writeListing, writePathItems } from "./listing.ts";

export interface PlanDatasetOptions {
  readonly jobId: string;
  readonly dataset: Exclude<Dataset, { kind: "retry" }>;
  /** What was saved as the checkpoint before, if anything. */
  readonly resume: unknown;
  readonly signal: AbortSignal;
}

/** Splits a job's dataset into batches, step by step. */
export async function* planDataset(
  backend: WorkerBackend,
  options: PlanDatasetOptions,
): AsyncGenerator<EnqueueStep> {
  const { dataset, signal } = options;
  const resume = options.resume as PlanCheckpoint | undefined;
  const sources = jobSources(backend, { ...options, from: resume?.at?.source ?? 0 });
  yield* planBatches(backend.objects, sources, { batchSize: dataset.batchSize, resume, signal });
}

/**
 * The job's sources from number `from` on. Those that were recorded are taken as they were then: an object that has
 * changed since is noticed, and never read as if it were the same.
 */
async function* jobSources(
  backend: WorkerBackend,
  options: PlanDatasetOptions & { readonly from: number },
): AsyncGenerator<Source> {
  const { jobId, dataset, from, signal } = options;
  const { objects, ledger } = backend;
  // Items that the service wrote down itself need no look.
  const format = dataset.kind === "delimited_files" ? {} : { format: "ndjson" };
  const recorded = new Map((await ledger.batches.sources(jobId)).map((source) => [source.id, source]));
  let id = 0;
  for await (const stat of datasetObjects(backend, options)) {
    const spoolUri = objects.jobUri(jobId, `spool-${id}`);
    if (id >= from)
      yield recorded.get(id) ?? (await openSource(objects, stat, { id, spoolUri, signal, ...format }));
    id += 1;
  }
}

/** The objects that hold the items, in order; the same after a restart, whatever has come or gone since. */
async function* datasetObjects(
  backend: WorkerBackend,
  { jobId, dataset, signal }: PlanDatasetOptions,
): AsyncGenerator<ObjectStat> {
  const { objects } = backend;
  const itemsUri = objects.jobUri(jobId, "items.ndjson");
  if (dataset.kind === "item_list") return yield await objects.stat(itemsUri);
  if (dataset.kind === "file_path_lister")
    return yield await writePathItems(objects, { itemsUri, filter: dataset, signal });
  const listingUri = objects.jobUri(jobId, "listing.ndjson");
  await writeListing(objects, { listingUri, filter: dataset, signal });
  yield* listedObjects(objects, listingUri);
}
