import assert from "node:assert/strict";
import type { BatchDescriptor, Source } from "../../src/mod.ts";

/** Checks that the ranges of a whole plan are disjoint, in order, and hold `count` items in batches of `batchSize`. */
export function checkRanges(
  batches: readonly BatchDescriptor[],
  options: { readonly sources: readonly Source[]; readonly count: number; readonly batchSize: number },
): void {
  const { sources, count, batchSize } = options;
  let items = 0;
  let at = { source: -1, end: 0 };
  for (const [i, batch] of batches.entries()) {
    assert.equal(batch.first, items);
    assert.ok(batch.count === batchSize || (i === batches.length - 1 && batch.count < batchSize));
    items += batch.count;
    for (const { source, start, end } of batch.segments) {
      const limit =
        sources[source]?.format === "parquet" ? sources[source].meta?.rows : sources[source]?.sizeBytes;
      assert.ok(source > at.source || (source === at.source && start >= at.end), "ranges go back");
      assert.ok(start < end && end <= Number(limit), "a range is empty or beyond the end");
      at = { source, end };
    }
  }
  assert.equal(items, count);
}
