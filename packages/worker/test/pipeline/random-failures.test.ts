import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import test from "ava";
import fc from "fast-check";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { type CallStyle, ONE_BATCH } from "../../src/predictor-process/mod.ts";
import { type Call, styleOf } from "../support/fake-predictors.ts";
import { openBench } from "../support/job-bench.ts";

const ITEMS = 24;
const MAX_ATTEMPTS = 2;

// Items that raise or kill: once, which is no fault while there is another attempt, or always. Two at most: three single
// items that fail by one error, before any has succeeded, end the job.
const bad = fc.uniqueArray(
  fc.record({
    index: fc.nat(ITEMS - 1),
    kills: fc.boolean(),
    always: fc.boolean(),
  }),
  { maxLength: 2, selector: ({ index }) => index },
);

interface Shape {
  readonly batchSize: number;
  readonly workers: number;
  readonly style?: CallStyle;
}

/** Runs a job whose bad items fail at random moments, and checks the result of every item. */
async function runAndCheck(
  items: readonly { readonly index: number; readonly kills: boolean; readonly always: boolean }[],
  { batchSize, workers, style = ONE_BATCH }: Shape,
  turns: Iterator<number>,
): Promise<void> {
  const bench = await openBench({ items: ITEMS, batchSize, job: { workers, maxAttempts: MAX_ATTEMPTS } });
  const left = new Map<number, number>(
    items.map(({ index, always }) => [index, always ? Number.POSITIVE_INFINITY : 1]),
  );
  const respond = async ({ items: asked, predictor, answer, raise }: Call) => {
    for (let turn = turns.next().value ?? 0; turn > 0; turn--) await setImmediate();
    // Killed before it came to this call.
    if (predictor.pid === undefined) return;
    const guilty = items.find(({ index }) => asked.includes(index) && (left.get(index) ?? 0) > 0);
    if (!guilty) return answer();
    left.set(guilty.index, (left.get(guilty.index) ?? 0) - 1);
    if (guilty.kills) predictor.die();
    else raise("odd");
  };
  const runs = Array.from({ length: workers }, (_, number) => {
    const worker = bench.worker(number);
    worker.predictors.style = style;
    // One call after the other, if the process has one at a time.
    let before = Promise.resolve();
    worker.predictors.respond = (call) => {
      if (style.concurrency > 1) void respond(call);
      else before = before.then(() => respond(call));
    };
    return new Pipeline(worker).run();
  });
  for (const end of await Promise.all(runs)) assert.deepEqual(end, { kind: "complete" });
  const always = new Set(items.filter((item) => item.always).map(({ index }) => index));
  const rows = await bench.rows();
  assert.deepEqual(
    rows.map(({ index, output, error }) => [index, output ?? "error", error === undefined]),
    Array.from({ length: ITEMS }, (_, i) => (always.has(i) ? [i, "error", false] : [i, i, true])),
  );
  assert.deepEqual(await bench.counts(), { queued: 0, leased: 0 });
  // Only what failed is charged.
  for (const range of await bench.attempts()) {
    const [first = 0, count = 0] = range.split("-").map(Number);
    assert.ok(items.some(({ index }) => index >= first && index < first + count));
  }
}

const TITLE = "run() gives every item its row, and an error only to those that always fail";

test(`${TITLE}, with one call at a time`, async (t) => {
  const shape = fc.record({
    batchSize: fc.constantFrom(1, 3, 8, 24),
    workers: fc.integer({ min: 1, max: 3 }),
  });
  const property = fc.asyncProperty(bad, shape, fc.infiniteStream(fc.nat(3)), runAndCheck);
  await fc.assert(property, { numRuns: 200 });
  t.pass();
});

test(`${TITLE}, with several calls in flight, of batches or items`, async (t) => {
  const shape = fc.record({
    batchSize: fc.constantFrom(1, 3, 24),
    workers: fc.integer({ min: 1, max: 2 }),
    style: fc
      .record({
        unit: fc.constantFrom("batch" as const, "item" as const),
        concurrency: fc.integer({ min: 2, max: 6 }),
      })
      .map(({ unit, concurrency }) => styleOf(unit, concurrency)),
  });
  const property = fc.asyncProperty(bad, shape, fc.infiniteStream(fc.nat(3)), runAndCheck);
  await fc.assert(property, { numRuns: 60 });
  t.pass();
});
