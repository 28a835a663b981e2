import test from "ava";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { styleOf } from "../support/fake-predictors.ts";
import { openBench } from "../support/job-bench.ts";
import { until } from "../support/until.ts";

test("predictLoop() hands batches over in input order, a window of them at once", async (t) => {
  const bench = await openBench({ items: 8, job: { prefetchBatches: 4 } });
  const worker = bench.worker();
  const running = new Pipeline(worker).run();
  for (let index = 0; index < 8; index++) {
    const call = await worker.predictors.next();
    t.deepEqual(call.items, [index]);
    t.is(call.timeoutMs, 600_000);
    t.true(worker.predictors.waiting <= 1, "two are in flight before it is known how long one takes");
    call.answer();
  }
  t.deepEqual(await running, { kind: "complete" });
});

test("predictLoop() charges the batch that killed the predictor, and resends those behind it uncharged", async (t) => {
  const bench = await openBench({ items: 4 });
  const worker = bench.worker();
  const running = new Pipeline(worker).run();
  const guilty = await worker.predictors.next();
  const behind = await worker.predictors.next();
  guilty.predictor.die();
  const retried = [];
  for (let n = 0; n < 4; n++) {
    const call = await worker.predictors.next();
    t.not(call.predictor, guilty.predictor);
    retried.push(...call.items);
    call.answer();
  }
  t.deepEqual(await running, { kind: "complete" });
  t.deepEqual(guilty.items, [0]);
  t.deepEqual(behind.items, [1]);
  t.deepEqual(retried.toSorted(), [0, 1, 2, 3]);
  t.deepEqual(await bench.attempts(), ["0-1"]);
  t.deepEqual(bench.retryDelaysMs, [250]);
  t.deepEqual(await bench.values(), [0, 1, 2, 3]);
  t.is(worker.predictors.started.length, 2);
});

test("predictLoop() keeps a predictor that only raised", async (t) => {
  const bench = await openBench({ items: 3 });
  const worker = bench.worker();
  let raised = 0;
  worker.predictors.respond = ({ items, answer, raise }) => {
    if (items[0] === 1 && raised++ === 0) raise("odd");
    else answer();
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.is(worker.predictors.started.length, 1);
  t.deepEqual(await bench.attempts(), ["1-1"]);
  t.deepEqual(await bench.values(), [0, 1, 2]);
  await worker.log.flush();
  const failures = (await bench.log()).filter(({ level }) => level === "error");
  t.deepEqual(
    failures.map(({ batch }) => batch),
    ["000000000001-1"],
  );
});

test("predictLoop() isolates a bad item by halving its batch", async (t) => {
  const bench = await openBench({ items: 16, batchSize: 16, job: { maxAttempts: 2 } });
  const worker = bench.worker();
  worker.predictors.respond = ({ items, answer, raise }) => {
    if (items.includes(5)) raise("bad five");
    else answer();
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  const rows = await bench.rows();
  t.deepEqual(
    rows.filter(({ error }) => error).map(({ index }) => index),
    [5],
  );
  // The whole twice, each half of a half once, the single item in full.
  t.deepEqual(await bench.attempts(), ["0-8", "0-16", "0-16", "4-2", "4-4", "5-1", "5-1"]);
  t.deepEqual(rows[5]?.error, { code: "predictor_error", message: "ValueError: bad five", attempts: 7 });
});

test("predictLoop() isolates an item that kills every predictor", async (t) => {
  const bench = await openBench({ items: 8, batchSize: 4, job: { maxAttempts: 1 } });
  const worker = bench.worker();
  worker.predictors.respond = ({ items, predictor, answer }) => {
    if (items.includes(6)) predictor.die("predictor_out_of_memory");
    else answer();
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  const expected = [0, 1, 2, 3, 4, 5, "predictor_out_of_memory", 7];
  t.deepEqual(await bench.values(), expected);
  t.deepEqual(await bench.attempts(), ["4-4", "6-1", "6-2"]);
});

test("predictLoop() predicts a suspect last and alone, after finished batches are written", async (t) => {
  const bench = await openBench({ items: 4, job: { prefetchBatches: 8 } });
  // A worker had the first two batches and ended without a word.
  await bench.leaseAs(1, 2);
  bench.advance(31_000);
  const worker = bench.worker();
  const running = new Pipeline(worker).run();
  const healthy = [await worker.predictors.next(), await worker.predictors.next()];
  t.deepEqual(
    healthy.map(({ items }) => items[0]),
    [2, 3],
  );
  t.deepEqual(await bench.attempts(), [], "a suspect is charged once it is its turn");
  for (const call of healthy) call.answer();
  for (const index of [0, 1]) {
    const suspect = await worker.predictors.next();
    t.deepEqual(suspect.items, [index]);
    t.is(worker.predictors.waiting, 0, "it is alone");
    const done = await bench.rows();
    t.deepEqual(
      done.map((row) => row.index),
      index === 0 ? [2, 3] : [0, 2, 3],
      "nothing finished would be lost with the worker",
    );
    suspect.answer();
  }
  t.deepEqual(await running, { kind: "complete" });
  t.deepEqual(await bench.attempts(), ["0-1", "1-1"]);
});

test("predictLoop() starts no batch while its predictor is replaced, and waits until the old one is gone", async (t) => {
  const bench = await openBench({ items: 2 });
  const worker = bench.worker();
  const constructed = Promise.withResolvers<void>();
  worker.predictors.construct = ({ pid }) => (pid === 1 ? Promise.resolve() : constructed.promise);
  const running = new Pipeline(worker).run();
  const first = await worker.predictors.next();
  await worker.predictors.next();
  first.predictor.die();
  await until("another is being constructed", () => worker.predictors.started.length === 2);
  t.is(worker.predictors.waiting, 0);
  t.not(worker.slot.restartsAtMs, undefined);
  worker.predictors.respond = ({ answer }) => answer();
  constructed.resolve();
  t.deepEqual(await running, { kind: "complete" });
  t.is(worker.slot.restartsAtMs, undefined);
});

test("predictLoop() charges a batch whose output cannot be used", async (t) => {
  const bench = await openBench({ items: 1, job: { maxAttempts: 1 } });
  const worker = bench.worker();
  worker.predictors.respond = ({ raise }) => raise("not JSON", "invalid_output");
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.deepEqual(await bench.values(), ["invalid_output"]);
});

test("predictLoop() writes the last batches at once, because no others will join them", async (t) => {
  const bench = await openBench({ items: 3, pace: { commitGroupMs: 2 ** 30 } });
  const worker = bench.worker();
  worker.predictors.respond = ({ answer }) => answer();
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.deepEqual(await bench.values(), [0, 1, 2]);
});

test("predictLoop() repeats what a stalled predictor had, alone and uncharged, and charges what stalls it again", async (t) => {
  const bench = await openBench({ items: 4, job: { maxAttempts: 2, prefetchBatches: 4 } });
  const worker = bench.worker();
  worker.predictors.style = styleOf("batch", 2);
  let stalls = 0;
  worker.predictors.respond = (call) => {
    // The calls beside it wait with it.
    if (call.items[0] !== 1 && stalls > 0) return call.answer();
    if (call.items[0] === 1) {
      stalls += 1;
      setImmediate(() => call.predictor.stall());
    }
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.deepEqual(
    await bench.attempts(),
    ["1-1", "1-1"],
    "two of at least three stalls are charged, to the item alone",
  );
  t.true(stalls >= 3);
  const rows = (await bench.values()) as readonly unknown[];
  t.deepEqual([rows[0], rows[2], rows[3]], [0, 2, 3]);
});
