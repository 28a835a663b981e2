import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import type { CallStyle } from "../../src/predictor-process/mod.ts";
import { type Call, styleOf } from "../support/fake-predictors.ts";
import { type JobBench, openBench } from "../support/job-bench.ts";

const CODE = "predictor_out_of_gpu_memory";
const MESSAGE = "CUDA out of memory. Tried to allocate 2.00 GiB";

/** Answers calls of at most `most` items, and notes how many each had. */
function holding(most: number, sizes: number[]): (call: Call) => void {
  return (call) => {
    sizes.push(call.items.length);
    if (call.items.length > most) call.raise(MESSAGE, CODE, { type: "OutOfMemoryError" });
    else call.answer();
  };
}

/** The rows as they are stored. */
async function rowsText({ backend, job }: JobBench): Promise<string> {
  const blocks = await Array.fromAsync(backend.ledger.batches.results(job.jobId));
  return blocks.map(({ rows }) => rows).join("");
}

async function runOnce(bench: JobBench, respond: (call: Call) => void) {
  const worker = bench.worker();
  worker.predictors.respond = respond;
  const pipeline = new Pipeline(worker);
  assert.deepEqual(await pipeline.run(), { kind: "complete" });
  await worker.log.flush();
  return pipeline.report();
}

async function warnings(bench: JobBench): Promise<readonly string[]> {
  return (await bench.log()).filter(({ level }) => level === "warn").map(({ text }) => text);
}

test("exceeded() halves the batch and those after it, charges nobody, and tells the size once", async (t) => {
  const shape = { items: 320, batchSize: 32 };
  const clean = await openBench(shape);
  await runOnce(clean, holding(32, []));
  const bench = await openBench(shape);
  const sizes: number[] = [];
  const report = await runOnce(bench, holding(9, sizes));
  t.is(await rowsText(bench), await rowsText(clean));
  t.deepEqual(await bench.attempts(), []);
  t.is(report.gpuBatchItems, 8);
  t.is(report.failedAttempts, 0);
  const failed = sizes.filter((size) => size > 9);
  t.deepEqual(failed.slice(0, 3), [32, 32, 16], "two batches were in flight");
  t.true(failed.length <= 3 + 3, `${failed} failed: the first, and those in flight at a trial`);
  t.is(sizes.reduce((sum, size) => sum + size, 0) - failed.reduce((sum, size) => sum + size, 0), 320);
  t.deepEqual(await warnings(bench), [
    `32 items at once do not fit in the GPU's memory, so this worker predicts at most 16 at once: OutOfMemoryError: ${MESSAGE}`,
    `16 items at once do not fit in the GPU's memory, so this worker predicts at most 8 at once: OutOfMemoryError: ${MESSAGE}`,
  ]);
});

test("exceeded() charges an item that does not fit alone, and says so", async (t) => {
  for (const batchSize of [8, 1]) {
    const bench = await openBench({ items: 8, batchSize, job: { maxAttempts: 2 } });
    await runOnce(bench, (call) => {
      if (call.items.includes(5)) call.raise(MESSAGE, CODE, { type: "OutOfMemoryError" });
      else call.answer();
    });
    t.deepEqual(await bench.values(), [0, 1, 2, 3, 4, CODE, 6, 7]);
    t.deepEqual(await bench.attempts(), ["5-1", "5-1"]);
    t.deepEqual((await bench.rows())[5]?.error, {
      code: CODE,
      message: `OutOfMemoryError: ${MESSAGE} (the item was alone: it does not fit in the GPU's memory)`,
      attempts: 2,
    });
  }
});

test("exceeded() takes items whose exceptions are in the list again, in smaller calls", async (t) => {
  const bench = await openBench({ items: 8, batchSize: 8 });
  const asked: unknown[][] = [];
  const report = await runOnce(bench, (call) => {
    asked.push([...call.items]);
    const error = { code: CODE, type: "OutOfMemoryError", message: MESSAGE };
    call.outcomes(call.items.map((item, at) => (at < 4 ? { output: item } : { error })));
  });
  t.deepEqual(asked, [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [4, 5, 6, 7],
  ]);
  t.deepEqual(await bench.values(), [0, 1, 2, 3, 4, 5, 6, 7]);
  t.deepEqual(await bench.attempts(), []);
  t.is(report.gpuBatchItems, 4);
});

test("exceeded() applies an output of the whole batch to the items of its part", async (t) => {
  const bench = await openBench({ items: 4, batchSize: 4 });
  await runOnce(bench, (call) => {
    if (call.items.length > 2) call.raise(MESSAGE, CODE);
    else call.whole({ of: call.items });
  });
  const [first, second] = [{ of: [0, 1] }, { of: [2, 3] }];
  t.deepEqual(await bench.values(), [first, first, second, second]);
});

test("fitted() lets calls grow again after an item that did not fit alone", async (t) => {
  const bench = await openBench({ items: 640, batchSize: 8, job: { maxAttempts: 1 } });
  const sizes: number[] = [];
  const report = await runOnce(bench, (call) => {
    sizes.push(call.items.length);
    if (call.items.includes(3)) call.raise(MESSAGE, CODE);
    else call.answer();
  });
  t.deepEqual(await bench.attempts(), ["3-1"]);
  t.deepEqual(sizes.slice(-10), new Array(10).fill(8));
  t.is(report.gpuBatchItems, undefined);
  t.is((await warnings(bench)).length, 3, "at most 4, 2 and 1");
});

test("a worker that is started again knows what fits", async (t) => {
  const bench = await openBench({ items: 32, batchSize: 16 });
  const worker = bench.worker();
  worker.sheet.limits = { gpuBatchItems: 4 };
  const sizes: number[] = [];
  worker.predictors.respond = holding(4, sizes);
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.deepEqual(sizes, new Array(8).fill(4));
});

test("a predictor that dies with a part of a batch has the part's items tried one by one", async (t) => {
  const bench = await openBench({ items: 8, batchSize: 4, job: { maxAttempts: 2 } });
  let isOut = false;
  await runOnce(bench, (call) => {
    if (call.items.length > 2) {
      isOut = true;
      call.raise(MESSAGE, CODE);
    } else if (isOut && call.items.includes(2)) call.predictor.die();
    else call.answer();
  });
  t.deepEqual(await bench.values(), [0, 1, "predictor_crashed", 3, 4, 5, 6, 7]);
  t.deepEqual(await bench.attempts(), ["2-1", "2-1", "2-2"]);
});

interface Shape {
  readonly items: number;
  readonly batchSize: number;
  readonly capacity: number;
  readonly workers: number;
  readonly style: CallStyle;
  /** Items that do not fit, whatever is beside them. */
  readonly large: readonly number[];
  /** Items that once raise an ordinary error, or kill the predictor. */
  readonly odd: readonly { readonly item: number; readonly kills: boolean }[];
}

/** A worker whose calls share the memory of a GPU. */
function worker(bench: JobBench, number: number, { shape, left, turns }: Fate) {
  const { capacity, large, odd, style } = shape;
  const context = bench.worker(number);
  context.predictors.style = style;
  let used = 0;
  const respond = async (call: Call) => {
    const own = call.items.length;
    used += own;
    const isFull = used > capacity || large.some((item) => call.items.includes(item));
    for (let turn = turns.next().value ?? 0; turn > 0; turn--) await setImmediate();
    used -= own;
    // Killed before it came to this call.
    if (call.predictor.pid === undefined) return;
    const guilty = odd.find(({ item }) => call.items.includes(item) && left.has(item));
    if (isFull) call.raise(MESSAGE, CODE, { type: "OutOfMemoryError" });
    else if (!guilty) call.answer();
    else {
      left.delete(guilty.item);
      if (guilty.kills) call.predictor.die();
      else call.raise("odd");
    }
  };
  let before = Promise.resolve();
  context.predictors.respond = (call) => {
    if (style.concurrency > 1) void respond(call);
    else before = before.then(() => respond(call));
  };
  return context;
}

interface Fate {
  readonly shape: Shape;
  /** Items that have not done yet what they do once. */
  readonly left: Set<number>;
  readonly turns: Iterator<number>;
}

/** Runs a job and checks the result of every item, and what was charged. */
async function runAndCheck(shape: Shape, turns: Iterator<number>): Promise<void> {
  const { items, batchSize, workers, odd } = shape;
  const large = shape.large.filter((item) => item < items && !odd.some((one) => one.item === item));
  const maxAttempts = odd.length === 0 ? 1 : 2;
  const bench = await openBench({ items, batchSize, job: { workers, maxAttempts } });
  const fate = { shape: { ...shape, large }, left: new Set(odd.map(({ item }) => item)), turns };
  // Items are tried again after a delay that keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  try {
    const runs = Array.from({ length: workers }, (_, number) =>
      new Pipeline(worker(bench, number, fate)).run(),
    );
    for (const end of await Promise.all(runs)) assert.deepEqual(end, { kind: "complete" });
  } finally {
    clearInterval(alive);
  }
  assert.deepEqual(
    await bench.values(),
    Array.from({ length: items }, (_, i) => (large.includes(i) ? CODE : i)),
  );
  const isLarge = (range: string) => large.some((item) => range === `${item}-1`);
  const attempts = await bench.attempts();
  assert.equal(attempts.filter(isLarge).length, large.length * maxAttempts);
  if (odd.length === 0) assert.ok(attempts.every(isLarge), `${attempts}`);
  assert.deepEqual(await bench.counts(), { queued: 0, leased: 0 });
}

const item = fc.nat(39);

async function assertProperty(t: ExecutionContext, odd: fc.Arbitrary<Shape["odd"]>, numRuns: number) {
  const shape = fc.record({
    items: fc.integer({ min: 1, max: 40 }),
    batchSize: fc.integer({ min: 1, max: 40 }),
    capacity: fc.integer({ min: 1, max: 40 }),
    workers: fc.integer({ min: 1, max: 2 }),
    style: fc
      .tuple(fc.constantFrom("batch" as const, "item" as const), fc.constantFrom(1, 1, 2, 4))
      .map(([unit, concurrency]) => styleOf(unit, concurrency)),
    large: fc.uniqueArray(item, { maxLength: 2 }),
    odd,
  });
  const property = fc.asyncProperty(shape, fc.infiniteStream(fc.nat(3)), runAndCheck);
  await fc.assert(property, { numRuns });
  t.pass();
}

test("run() gives every item its row however little fits, and charges only those that never do", (t) =>
  assertProperty(t, fc.constant([]), 300));

test("run() gives every item its row when calls also fail and kill their predictors", (t) => {
  const odd = fc.record({ item, kills: fc.boolean() });
  return assertProperty(
    t,
    fc.uniqueArray(odd, { selector: (one) => one.item, minLength: 1, maxLength: 2 }),
    30,
  );
});
