import test from "ava";
import { Throttle } from "../../src/pipeline/throttle.ts";
import { openBench } from "../support/job-bench.ts";

async function throttled() {
  const bench = await openBench();
  const worker = bench.worker();
  return { bench, worker, throttle: new Throttle(worker) };
}

test("refused() halves the calls in flight once for all calls that were made before, and says so once", async (t) => {
  const { bench, worker, throttle } = await throttled();
  t.is(throttle.window(100), 100);
  throttle.refused("429", { others: 2, atOnce: 32 });
  t.is(throttle.window(100), 16);
  throttle.refused("429", { others: 1, atOnce: 32 });
  throttle.answered(32);
  t.is(throttle.window(100), 16, "these two were beside the first");
  throttle.refused("429", { others: 0, atOnce: 32 });
  t.is(throttle.window(100), 8);
  t.is(throttle.window(3), 3);
  for (let n = 0; n < 10; n++) throttle.refused("429", { others: 0, atOnce: 32 });
  t.is(throttle.window(100), 1);
  t.is(worker.sheet.report("predicting").callLimit, 1);
  await worker.log.flush();
  t.deepEqual(
    (await bench.log()).map(({ text }) => text),
    ["slowed down by the predictor's back-pressure: 429"],
  );
});

test("answered() lets them grow by one for each limit's worth of answers, until there is no limit", async (t) => {
  const { worker, throttle } = await throttled();
  throttle.refused("429", { others: 0, atOnce: 8 });
  for (let n = 0; n < 5; n++) throttle.answered(8);
  t.is(throttle.window(100), 5);
  t.is(worker.sheet.report("predicting").callLimit, 5);
  for (let n = 0; n < 30; n++) throttle.answered(8);
  t.is(throttle.window(100), 100);
  t.false("callLimit" in worker.sheet.report("predicting"));
});
