import {
  type BatchDescriptor,
  type BatchGroup,
  BatchReader,
  type LoadedBatch,
  openSource,
  type PlanCheckpoint,
  planBatches,
  type Source,
} from "../../src/mod.ts";
import type { MemoryObjectStore } from "./memory-object-store.ts";

/** Opens objects as sources, numbered in the order given. */
export async function openSources(objects: MemoryObjectStore, uris: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const [id, uri] of uris.entries()) {
    const stat = await objects.stat(uri);
    sources.push(await openSource(objects, stat, { id, spoolUri: `mem://spool/${id}` }));
  }
  return sources;
}

/** Every group of a plan. */
export async function planAll(
  objects: MemoryObjectStore,
  sources: readonly Source[],
  options: { readonly batchSize: number; readonly resume?: PlanCheckpoint | undefined },
): Promise<BatchGroup[]> {
  const groups: BatchGroup[] = [];
  for await (const group of planBatches(objects, sources, options)) groups.push(group);
  return groups;
}

/** Plans and reads a whole dataset. */
export async function planAndRead(
  objects: MemoryObjectStore,
  uris: readonly string[],
  batchSize: number,
): Promise<{
  batches: BatchDescriptor[];
  loaded: readonly LoadedBatch[];
  items: string[];
  reader: BatchReader;
}> {
  const sources = await openSources(objects, uris);
  const batches = (await planAll(objects, sources, { batchSize })).flatMap((group) => group.batches);
  const reader = new BatchReader({ objects, source: (id) => sources[id] as Source });
  const loaded = await reader.read(batches);
  return { batches, loaded, items: loaded.flatMap((batch) => batch.items), reader };
}
