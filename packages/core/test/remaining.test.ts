import test from "ava";
import { estimateRemaining } from "../src/remaining.ts";

function series(...counts: number[]) {
  return { intervalMs: 1_000, counts };
}

test("estimateRemaining() uses the mean of complete intervals, without the first and the current one", (t) => {
  const estimate = estimateRemaining(series(0, 3, 10, 10, 10, 4), { items: 50, sinceStartMs: 5_400 });
  t.deepEqual(estimate, { ms: 5_000, lowMs: 5_000, highMs: 5_000 });
});

test("estimateRemaining() says half to double after one interval, and narrows as the pace is steady", (t) => {
  t.deepEqual(estimateRemaining(series(10), { items: 100, sinceStartMs: 1_500 })?.ms, 10_000);
  const one = estimateRemaining(series(10), { items: 100, sinceStartMs: 1_500 });
  t.true((one?.lowMs ?? 0) < 6_000 && (one?.highMs ?? 0) > 20_000);
  const steady = estimateRemaining(series(9, 10, 11, 10, 9, 11), { items: 100, sinceStartMs: 6_000 });
  t.true((steady?.lowMs ?? 0) > 9_000 && (steady?.highMs ?? 0) < 11_500);
});

test("estimateRemaining() forgets what was long ago", (t) => {
  const counts = [...new Array<number>(100).fill(100), ...new Array<number>(12).fill(10)];
  t.is(estimateRemaining(series(...counts), { items: 100, sinceStartMs: 112_000 })?.ms, 10_000);
});

test("estimateRemaining() is undefined until a complete interval has items, and without progress", (t) => {
  t.is(estimateRemaining(series(), { items: 10, sinceStartMs: 60_000 }), undefined);
  t.is(estimateRemaining(series(5), { items: 10, sinceStartMs: 900 }), undefined);
  t.is(estimateRemaining(series(5), { items: 10, sinceStartMs: 20_000 }), undefined);
  t.deepEqual(estimateRemaining(series(5), { items: 0, sinceStartMs: 900 }), { ms: 0, lowMs: 0, highMs: 0 });
});
