import type { BatchDescriptor, ObjectStore } from "@millrace/core";
import type { JobFacts } from "./job-record.ts";
import { type Marker, toMarker } from "./markers.ts";
import { mergeShards } from "./merge-shards.ts";
import { plannedBatches, plannedParts } from "./plan.ts";
import type { LedgerTable } from "./table.ts";

/** What is known about one planned batch and all the batches that it was split into. */
interface Family {
  readonly parts: readonly BatchDescriptor[];
  readonly markers: readonly Marker[];
}

/** Batches without an output, in input order: those that failed and those that were never committed. */
export async function* unfinishedBatches(
  table: LedgerTable,
  objects: ObjectStore,
  facts: JobFacts,
): AsyncGenerator<BatchDescriptor> {
  const markers = new Sweep(toMarkers(table, facts));
  const parts = new Sweep(plannedParts(objects, facts.jobId));
  try {
    for await (const batch of plannedBatches(objects, facts.jobId)) {
      const end = batch.first + batch.count;
      const family = { parts: await parts.before(end), markers: await markers.before(end) };
      yield* unfinishedOf(batch, family);
    }
  } finally {
    await markers.close();
    await parts.close();
  }
}

async function* toMarkers(table: LedgerTable, facts: JobFacts): AsyncGenerator<Marker> {
  for await (const item of mergeShards(table, facts, { prefix: "M#" })) yield toMarker(item);
}

function* unfinishedOf(batch: BatchDescriptor, family: Family): Generator<BatchDescriptor> {
  const marker = family.markers.find(({ first, count }) => first === batch.first && count === batch.count);
  if (marker?.kind === "done") {
    if (marker.failedItems > 0) yield* marker.failed ?? [batch];
    return;
  }
  const halves = marker?.kind === "split" ? partsOf(batch, family.parts) : [];
  // A worker killed between splitting and sending leaves only the whole batch.
  if (halves.length === 0) yield batch;
  for (const half of halves) yield* unfinishedOf(half, family);
}

/** The parts that a batch was split into: of all parts within it, the largest at each position. */
function partsOf(batch: BatchDescriptor, parts: readonly BatchDescriptor[]): readonly BatchDescriptor[] {
  const end = batch.first + batch.count;
  const found: BatchDescriptor[] = [];
  let next = batch.first;
  while (next < end) {
    const here = parts.filter(
      ({ first, count }) => first === next && first + count <= end && count < batch.count,
    );
    const largest = here.toSorted((a, b) => b.count - a.count)[0];
    if (!largest) return [];
    found.push(largest);
    next += largest.count;
  }
  return found;
}

/** Consumes a stream that is ordered by `first`, section by section. */
class Sweep<T extends { readonly first: number }> {
  readonly #stream: AsyncGenerator<T>;
  #head: Promise<IteratorResult<T, unknown>>;

  constructor(stream: AsyncGenerator<T>) {
    this.#stream = stream;
    this.#head = stream.next();
    this.#head.catch(() => {});
  }

  /** The elements that begin before `end`. */
  async before(end: number): Promise<readonly T[]> {
    const taken: T[] = [];
    for (;;) {
      const head = await this.#head;
      if (head.done || head.value.first >= end) return taken;
      taken.push(head.value);
      this.#head = this.#stream.next();
    }
  }

  async close(): Promise<void> {
    await this.#stream.return(undefined);
  }
}
