import test from "ava";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { type Call, styleOf } from "../support/fake-predictors.ts";
import { openBench } from "../support/job-bench.ts";

const ITEM = styleOf("item", 4);

/** Answers items by themselves, and `bad` ones by an error of their own. */
function outcomes(call: Call, bad: ReadonlySet<unknown>, error: object = {}): void {
  call.outcomes(call.items.map((item) => (bad.has(item) ? { error } : { output: item })));
}

test("answered() tries only the items again that failed, and commits the batch when all are settled", async (t) => {
  const bench = await openBench({ items: 8, batchSize: 4, job: { maxAttempts: 3 } });
  const worker = bench.worker();
  const asked: unknown[][] = [];
  worker.predictors.respond = (call) => {
    asked.push([...call.items]);
    outcomes(call, new Set([2]));
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.deepEqual(asked, [[0, 1, 2, 3], [4, 5, 6, 7], [2], [2]]);
  t.deepEqual(await bench.values(), [0, 1, "predictor_error", 3, 4, 5, 6, 7]);
  t.deepEqual((await bench.rows())[2]?.error, {
    code: "predictor_error",
    message: "ValueError: bad",
    attempts: 3,
  });
  t.deepEqual(await bench.attempts(), ["2-1", "2-1", "2-1"]);
  const progress = await bench.progress();
  t.deepEqual([progress.succeededItems, progress.failedItems], [7, 1]);
  const unfinished = await Array.fromAsync(bench.backend.ledger.batches.unfinished(bench.job.jobId));
  t.deepEqual(
    unfinished.map(({ first, count }) => [first, count]),
    [[2, 1]],
  );
});

test("answered() gives an item its error row at once when the predictor says that it is final", async (t) => {
  const bench = await openBench({ items: 4, batchSize: 4 });
  const worker = bench.worker();
  let calls = 0;
  worker.predictors.respond = (call) => {
    calls += 1;
    const error = { item_code: "broken_image", is_final: true, message: "no JPEG", details: { at: 7 } };
    outcomes(call, new Set([1, 3]), error);
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.is(calls, 1);
  t.deepEqual(await bench.values(), [0, "broken_image", 2, "broken_image"]);
  const [, row] = await bench.rows();
  t.deepEqual(row?.error, {
    code: "broken_image",
    message: "no JPEG",
    attempts: 1,
    details: { at: 7 },
  } as unknown as NonNullable<typeof row>["error"]);
});

test("a bad item among 500 costs its own attempts alone, by predict and by predict_item", async (t) => {
  const bad = new Set<unknown>(Array.from({ length: 10 }, (_, i) => i * 49));
  for (const style of [styleOf("batch", 1), styleOf("item", 32)]) {
    const bench = await openBench({ items: 500, batchSize: 500 });
    const worker = bench.worker();
    worker.predictors.style = style;
    worker.predictors.predictMs = 1;
    let calls = 0;
    worker.predictors.respond = (call) => {
      calls += call.items.length;
      if (style.unit === "batch") outcomes(call, bad);
      else if (bad.has(call.items[0])) call.raise("bad");
      else call.answer();
    };
    t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
    t.is(calls, 500 + 10 * 2, style.unit);
    const rows = await bench.rows();
    t.deepEqual(
      rows.filter(({ error }) => error).map(({ index }) => index),
      [...bad] as number[],
    );
  }
});

test("items in flight cross the borders of batches", async (t) => {
  const bench = await openBench({ items: 9, batchSize: 3 });
  const worker = bench.worker();
  worker.predictors.style = ITEM;
  const running = new Pipeline(worker).run();
  const calls = [];
  for (let n = 0; n < 5; n++) calls.push(await worker.predictors.next());
  t.deepEqual(
    calls.map(({ items }) => items),
    [[0], [1], [2], [3], [4]],
  );
  t.deepEqual(
    calls.map(({ batchId }) => batchId),
    [0, 1, 2, 3, 4].map((index) => `00000000000${index}-1`),
  );
  t.is(worker.predictors.waiting, 0, "four run, and one waits to follow");
  worker.predictors.respond = ({ answer }) => answer();
  // Out of order: the second batch is done first.
  for (const call of calls.toReversed()) call.answer();
  t.deepEqual(await running, { kind: "complete" });
  t.deepEqual(await bench.values(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("calls that a dead predictor had at once are made again alone, and only the guilty one is charged", async (t) => {
  for (const unit of ["batch", "item"] as const) {
    const bench = await openBench({ items: 6, batchSize: unit === "item" ? 6 : 1, job: { maxAttempts: 2 } });
    const worker = bench.worker();
    worker.predictors.style = styleOf(unit, 3);
    const running = new Pipeline(worker).run();
    const first = await worker.predictors.next();
    for (let n = 0; n < 3; n++) await worker.predictors.next();
    let inFlight = 0;
    worker.predictors.respond = async (call) => {
      inFlight += 1;
      const isSuspect = [0, 1, 2].includes(call.items[0] as number);
      await new Promise((resolve) => setImmediate(resolve));
      if (isSuspect) t.is(inFlight, 1, `${unit} ${call.items[0]} is alone`);
      inFlight -= 1;
      if (call.items[0] === 1) call.predictor.die();
      else call.answer();
    };
    first.predictor.die();
    t.deepEqual(await running, { kind: "complete" });
    t.deepEqual(await bench.values(), [0, "predictor_crashed", 2, 3, 4, 5]);
    t.deepEqual(await bench.attempts(), ["1-1", "1-1"]);
    t.is(worker.predictors.started.length, 4);
  }
});

test("later() makes a call again uncharged, and fewer calls are in flight meanwhile", async (t) => {
  for (const unit of ["batch", "item"] as const) {
    const bench = await openBench({ items: 12, batchSize: unit === "item" ? 4 : 1 });
    const worker = bench.worker();
    worker.predictors.style = styleOf(unit, 8);
    const refused = new Set<unknown>();
    let inFlight = 0;
    let most = 0;
    worker.predictors.respond = async (call) => {
      inFlight += 1;
      await new Promise((resolve) => setImmediate(resolve));
      if (refused.size >= 8) most = Math.max(most, inFlight);
      inFlight -= 1;
      const [item] = call.items;
      if (refused.has(item) || refused.size >= 8) return call.answer();
      refused.add(item);
      call.raise("too many requests", "retry_later", { retry_after: 0.01 });
    };
    const pipeline = new Pipeline(worker);
    t.deepEqual(await pipeline.run(), { kind: "complete" });
    t.deepEqual(
      await bench.values(),
      Array.from({ length: 12 }, (_, i) => i),
    );
    t.deepEqual(await bench.attempts(), []);
    t.is(pipeline.report().retryLater, 8);
    t.true(most <= 5, `${most} ${unit} calls at once after 8 were refused`);
    await worker.log.flush();
    const told = (await bench.log()).filter(({ text }) => text.includes("back-pressure"));
    t.is(told.length, 1);
  }
});

test("answered() slows down for single items that were put off, and counts them", async (t) => {
  const bench = await openBench({ items: 32, batchSize: 4 });
  const worker = bench.worker();
  worker.predictors.style = styleOf("batch", 8);
  const seen = new Set<unknown>();
  const limits: (number | undefined)[] = [];
  worker.predictors.respond = (call) => {
    limits.push(worker.sheet.limits.callLimit);
    const isSeen = call.items.every((item) => seen.has(item));
    for (const item of call.items) seen.add(item);
    const later = { code: "retry_later", message: "busy", retry_after: 0.01 };
    call.outcomes(call.items.map((item) => (isSeen ? { output: item } : { error: later })));
  };
  const pipeline = new Pipeline(worker);
  t.deepEqual(await pipeline.run(), { kind: "complete" });
  t.deepEqual(
    await bench.values(),
    Array.from({ length: 32 }, (_, i) => i),
  );
  t.deepEqual(await bench.attempts(), []);
  t.is(pipeline.report().retryLater, 32);
  t.is(Math.min(...limits.map((limit) => limit ?? 8)), 4);
});

test("later() gives a batch back for the time asked for, 12 hours at most", async (t) => {
  const bench = await openBench({ items: 2 });
  const worker = bench.worker();
  const seconds = [90, 1e9];
  worker.predictors.respond = (call) => {
    const retry_after = seconds.shift();
    if (retry_after === undefined) call.answer();
    else call.raise("later", "retry_later", { retry_after });
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.deepEqual(bench.retryDelaysMs, [90_000, 12 * 3_600_000]);
  t.deepEqual(await bench.attempts(), []);
});

test("a suspect whose items are predicted one by one is charged once, also if its first item is tried again", async (t) => {
  const bench = await openBench({ items: 3, batchSize: 3 });
  // A worker had the batch and ended without a word.
  await bench.leaseAs(1);
  bench.advance(31_000);
  const worker = bench.worker();
  worker.predictors.style = ITEM;
  let isFirst = true;
  worker.predictors.respond = (call) => {
    if (call.items[0] !== 0 || !isFirst) return call.answer();
    isFirst = false;
    call.raise("once");
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.deepEqual(await bench.values(), [0, 1, 2]);
  t.deepEqual(await bench.attempts(), ["0-1", "0-3"]);
});

test("a batch whose items wait is given back unstarted when the worker is asked to go", async (t) => {
  const bench = await openBench({ items: 4, batchSize: 2 });
  const worker = bench.worker();
  worker.predictors.style = ITEM;
  const pipeline = new Pipeline(worker);
  const running = pipeline.run();
  const [first, second] = [await worker.predictors.next(), await worker.predictors.next()];
  first?.raise("later, please", "retry_later", { retry_after: 3600 });
  worker.predictors.respond = ({ answer }) => answer();
  pipeline.end({ kind: "released" });
  second?.answer();
  for (const call of await rest(worker.predictors)) call.answer();
  t.deepEqual(await running, { kind: "released" });
  const [lease] = await bench.leaseAs(1, 4);
  t.is(lease?.receiveCount, 1, "nobody is suspected");
});

async function rest(predictors: { readonly waiting: number; next(): Promise<Call> }): Promise<Call[]> {
  const calls: Call[] = [];
  while (predictors.waiting > 0) calls.push(await predictors.next());
  return calls;
}
