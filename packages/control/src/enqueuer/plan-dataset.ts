import {
  type Dataset,
  type ObjectStat,
  type PlanCheckpoint,
  planBatches,
  type Source,
  type WorkerBackend,
} from "@millrace/core";
import type { EnqueueStep } from "./enqueue-step.ts";
import type { InputNotes } from "./input-notes.ts";
import { listedObjects, writeListing, writePathItems } from "./listing.ts";
import { openFile } from "./open-file.ts";

export interface PlanDatasetOptions {
  readonly jobId: string;
  readonly dataset: Exclude<Dataset, { kind: "retry" }>;
  /** The last saved checkpoint, if any. */
  readonly resume: unknown;
  readonly notes: InputNotes;
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
  const allowEmpty = dataset.kind !== "item_list" && dataset.allowEmpty;
  yield* planBatches(backend.objects, sources, {
    batchSize: dataset.batchSize,
    allowEmpty,
    resume,
    warn: ({ origin }, text) => options.notes.warn(backend.objects.display(origin), text),
    signal,
  });
}

/**
 * The job's sources from number `from` on. Sources that were already recorded are used as recorded: if an object has
 * changed since, that is detected instead of reading it as if it were the same.
 */
async function* jobSources(
  backend: WorkerBackend,
  options: PlanDatasetOptions & { readonly from: number },
): AsyncGenerator<Source> {
  const { jobId, dataset, from, notes, signal } = options;
  const { objects, ledger } = backend;
  const recorded = new Map((await ledger.batches.sources(jobId)).map((source) => [source.id, source]));
  let id = -1;
  for await (const stat of datasetObjects(backend, options)) {
    id += 1;
    if (id < from) continue;
    const file = objects.display(stat.uri);
    const source =
      recorded.get(id) ??
      (await openFile(objects, stat, {
        id,
        spoolUri: objects.jobUri(jobId, `spool-${id}`),
        signal,
        warn: (text) => notes.warn(file, text),
        ...reading(dataset, (reason) => notes.skip({ file, reason })),
      }));
    if (source) yield source;
  }
}

/** How a dataset's objects are read. Items written by the service itself need no detection and always exist. */
function reading(dataset: PlanDatasetOptions["dataset"], skip: (reason: string) => void) {
  if (dataset.kind !== "delimited_files") return { format: "ndjson" };
  return { rules: dataset, ...(dataset.skipUnreadable && { skip }) };
}

/** The objects that contain the items, in order; the same after a restart, even if files have been added or removed. */
async function* datasetObjects(
  backend: WorkerBackend,
  { jobId, dataset, notes, signal }: PlanDatasetOptions,
): AsyncGenerator<ObjectStat> {
  const { objects } = backend;
  const itemsUri = objects.jobUri(jobId, "items.ndjson");
  if (dataset.kind === "item_list") return yield await objects.stat(itemsUri);
  const listingUri = objects.jobUri(jobId, "listing.ndjson");
  const options = { filter: dataset, skippedUri: objects.jobUri(jobId, "skipped.json"), signal };
  const { stat, skipped, isOld } =
    dataset.kind === "file_path_lister"
      ? await writePathItems(objects, { itemsUri, ...options })
      : await writeListing(objects, { listingUri, ...options });
  notes.listed(skipped, { isTold: isOld });
  if (dataset.kind === "file_path_lister") yield stat;
  else yield* listedObjects(objects, listingUri);
}
