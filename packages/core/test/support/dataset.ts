import {
  type BatchDescriptor,
  type BatchGroup,
  BatchReader,
  type LoadedBatch,
  type OpenSourceOptions,
  openSource,
  type PlanBatchesOptions,
  planBatches,
  type ReadingRules,
  type Source,
} from "../../src/mod.ts";
import type { MemoryObjectStore } from "./memory-object-store.ts";

/** How the files of a dataset are read. */
type Reading = ReadingRules & Pick<OpenSourceOptions, "warn">;

/** Opens objects as sources, numbered in the order given. */
export async function openSources(
  objects: MemoryObjectStore,
  uris: readonly string[],
  { warn, ...rules }: Reading = {},
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const [id, uri] of uris.entries()) {
    const stat = await objects.stat(uri);
    sources.push(await openSource(objects, stat, { id, rules, warn, spoolUri: `mem://spool/${id}` }));
  }
  return sources;
}

/** Every group of a plan. */
export async function planAll(
  objects: MemoryObjectStore,
  sources: readonly Source[],
  options: Pick<PlanBatchesOptions, "batchSize" | "allowEmpty" | "resume" | "warn">,
): Promise<BatchGroup[]> {
  const groups: BatchGroup[] = [];
  for await (const group of planBatches(objects, sources, options)) groups.push(group);
  return groups;
}

/** Plans and reads a whole dataset. */
export async function planAndRead(
  objects: MemoryObjectStore,
  uris: readonly string[],
  options: number | (Reading & { readonly batchSize: number }),
): Promise<{
  batches: BatchDescriptor[];
  loaded: readonly LoadedBatch[];
  items: string[];
  reader: BatchReader;
}> {
  const { batchSize, ...reading } = typeof options === "number" ? { batchSize: options } : options;
  const sources = await openSources(objects, uris, reading);
  const batches = (await planAll(objects, sources, { batchSize })).flatMap((group) => group.batches);
  const reader = new BatchReader({ objects, source: (id) => sources[id] as Source });
  const loaded = await reader.read(batches);
  return { batches, loaded, items: loaded.flatMap((batch) => batch.items), reader };
}
