import test from "ava";
import fc from "fast-check";
import { ItemSeriesCounter, sumSeries } from "../src/item-series.ts";
import { EMPTY_REPORT } from "../src/worker-report.ts";

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

test("ItemSeriesCounter keeps every item in bounded memory, however long the job runs", (t) => {
  const additions = fc.array(
    fc.record({ items: fc.nat(1_000), atMs: fc.integer({ min: -5_000, max: 400_000_000 }) }),
  );
  fc.assert(
    fc.property(additions, (all) => {
      const counter = new ItemSeriesCounter(EMPTY_REPORT.items);
      for (const { items, atMs } of all) counter.add(items, atMs);
      const { counts, intervalMs } = counter.series;
      const longest = Math.max(0, ...all.map(({ atMs }) => atMs));
      return (
        total(counts) === all.reduce((sum, { items }) => sum + items, 0) &&
        counts.length <= 120 &&
        intervalMs <= Math.max(1_000, longest / 30)
      );
    }),
  );
  t.pass();
});

test("ItemSeriesCounter continues a series that was stored", (t) => {
  const counter = new ItemSeriesCounter({ intervalMs: 2_000, counts: [1, 2] });
  counter.add(5, 3_999);
  counter.add(7, 8_000);
  t.deepEqual(counter.series, { intervalMs: 2_000, counts: [1, 7, 0, 0, 7] });
});

test("sumSeries() adds series of different intervals at the longest interval, losing nothing", (t) => {
  const sum = sumSeries([
    { intervalMs: 1_000, counts: [1, 2, 3, 4, 5] },
    { intervalMs: 4_000, counts: [10] },
  ]);
  t.deepEqual(sum, { intervalMs: 4_000, counts: [20, 5] });
  t.deepEqual(sumSeries([]), { intervalMs: 1_000, counts: [] });
});
