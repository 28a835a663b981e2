import test from "ava";
import { Throttle } from "../../src/pipeline/throttle.ts";
import { openBench } from "../support/job-bench.ts";

async function throttled() {
  const bench = await openBench();
  const worker = bench.worker();
  return { bench, worker, throttle: new Throttle(worker) };
}

/** Settles so many calls, as many at once as the throttle admits; `accepts` says whether one of `held` is accepted. */
function run(
  throttle: Throttle,
  {
    calls,
    atOnce,
    accepts,
  }: { calls: number; atOnce: number; accepts: (held: number, nth: number) => boolean },
): { readonly refused: number; readonly rounds: number } {
  let [left, refused, rounds] = [calls, 0, 0];
  while (left > 0 && rounds < 10_000) {
    const held = Math.min(left, throttle.window(atOnce));
    for (let nth = 0; nth < held; nth++) {
      const pace = { others: held - 1 - nth, atOnce };
      if (accepts(held, nth)) {
        throttle.answered(pace);
        left -= 1;
      } else {
        throttle.refused("429", pace);
        refused += 1;
      }
    }
    rounds += 1;
  }
  return { refused, rounds };
}

/** Numbers from 0 to 1, always the same for a seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("refused() halves the calls in flight after each round in which calls were refused, down to one", async (t) => {
  const { bench, worker, throttle } = await throttled();
  const pace = { others: 0, atOnce: 32 };
  const refuse = (times: number) => {
    for (let n = 0; n < times; n++) throttle.refused("429", pace);
  };
  t.is(throttle.window(100), 100);
  refuse(3);
  t.is(throttle.window(100), 100, "that may be chance");
  refuse(1);
  t.is(throttle.window(100), 16);
  t.is(throttle.window(3), 3);
  t.is(worker.sheet.report("predicting").callLimit, 16);
  await worker.log.flush();
  t.deepEqual(
    (await bench.log()).map(({ text }) => text),
    ["slowed down by the predictor's back-pressure: 429"],
  );
});

test("answered() lets the calls grow again by rounds, until there is no limit", async (t) => {
  const { worker, throttle } = await throttled();
  const pace = { others: 0, atOnce: 8 };
  for (let n = 0; n < 4; n++) throttle.refused("429", pace);
  t.is(throttle.window(100), 4);
  for (let n = 0; n < 16; n++) throttle.answered(pace);
  t.is(throttle.window(100), 6);
  t.is(worker.sheet.report("predicting").callLimit, 6);
  for (let n = 0; n < 16; n++) throttle.answered(pace);
  t.is(throttle.window(100), 100);
  t.false("callLimit" in worker.sheet.report("predicting"));
});

test("the results of calls made before a change do not count", async (t) => {
  const { throttle } = await throttled();
  for (let n = 0; n < 4; n++) throttle.refused("429", { others: 31, atOnce: 32 });
  t.is(throttle.window(100), 16);
  for (let n = 0; n < 31 + 3; n++) throttle.refused("429", { others: 15, atOnce: 32 });
  t.is(throttle.window(100), 16);
  throttle.refused("429", { others: 15, atOnce: 32 });
  t.is(throttle.window(100), 8);
});

test("a service that accepts ten calls at once gets about ten, and refuses few", async (t) => {
  const { throttle } = await throttled();
  const tenAtOnce = (_: number, nth: number) => nth < 10;
  const { refused, rounds } = run(throttle, { calls: 4_000, atOnce: 64, accepts: tenAtOnce });
  t.true(throttle.window(64) <= 20, `${throttle.window(64)} at once`);
  t.true(rounds < 700, `${rounds} rounds, at least 400`);
  t.true(refused < 1_000, `${refused} of 4,000 refused`);
});

test("a service that refuses a fifth of the calls, however many there are, is not given fewer", async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const { throttle } = await throttled();
    const random = randomFrom(seed);
    const { rounds } = run(throttle, { calls: 2_000, atOnce: 64, accepts: () => random() >= 0.2 });
    t.true(rounds < 60, `seed ${seed}: ${rounds} rounds, at least 40`);
  }
});

test("more refusals than were put up with lower the limit again", async (t) => {
  const { throttle } = await throttled();
  let asked = 0;
  const fifth = () => ++asked % 5 !== 0;
  run(throttle, { calls: 1_000, atOnce: 64, accepts: fifth });
  t.is(throttle.window(64), 64);
  run(throttle, { calls: 1_000, atOnce: 64, accepts: (_, nth) => nth < 8 });
  t.true(throttle.window(64) <= 16);
});

test("a service that refuses everything is asked by one call at a time", async (t) => {
  const { throttle } = await throttled();
  for (let round = 0; round < 30; round++) {
    const held = throttle.window(64);
    for (let nth = 0; nth < held; nth++) throttle.refused("503", { others: held - 1 - nth, atOnce: 64 });
  }
  t.is(throttle.window(64), 1);
});
