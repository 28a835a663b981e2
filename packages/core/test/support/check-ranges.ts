import type { ExecutionContext } from "ava";
import type { BatchDescriptor, Source } from "../../src/mod.ts";

/** Checks that the ranges of a whole plan are disjoint, in order, and hold `count` items in batches of `batchSize`. */
export function checkRanges(
  t: ExecutionContext,
  batches: readonly BatchDescriptor[],
  options: { readonly sources: readonly Source[]; readonly count: number; readonly batchSize: number },
): void {
  const { sources, count, batchSize } = options;
  let items = 0;
  let at = { source: -1, end: 0 };
  for (const [i, batch] of batches.entries()) {
    t.is(batch.first, items);
    t.true(batch.count === batchSize || (i === batches.length - 1 && batch.count < batchSize));
    items += batch.count;
    for (const { source, start, end } of batch.segments) {
      const limit =
        sources[source]?.format === "parquet" ? sources[source].meta?.rows : sources[source]?.sizeBytes;
      t.true(source > at.source || (source === at.source && start >= at.end), "ranges go back");
      t.true(start < end && end <= Number(limit), "a range is empty or beyond the end");
      at = { source, end };
    }
  }
  t.is(items, count);
}
