import { silentLogger } from "@millrace/core";
import test from "ava";
import { diedUnsaid, PredictorSlot } from "../../src/predictor-process/predictor-slot.ts";
import { errorOf, FakePredictors } from "../support/fake-predictors.ts";
import { until } from "../support/until.ts";

function open() {
  const predictors = new FakePredictors();
  return { predictors, slot: new PredictorSlot(predictors.launch, silentLogger) };
}

const died = (details = {}) => errorOf("predictor_crashed", "died", details);

test("get() starts one predictor for all callers", async (t) => {
  const { predictors, slot } = open();
  t.is(slot.current, undefined);
  const [one, two] = await Promise.all([slot.get(), slot.get()]);
  t.is(one, two);
  t.is(slot.current, one);
  t.is(predictors.started.length, 1);
  t.is(slot.restartsAtMs, undefined);
});

test("get() starts a new predictor once the dead one is discarded, and keeps the peak memory", async (t) => {
  const { predictors, slot } = open();
  const first = await slot.get();
  Object.assign(first, { peakMemoryBytes: 7 });
  predictors.started[0]?.die();
  t.is(await slot.get(), first, "nobody has said that it is dead");
  await slot.discard(first);
  t.is(slot.current, undefined);
  const second = await slot.get();
  t.not(second, first);
  await slot.discard(first);
  t.is(slot.current, second, "it was discarded before");
  Object.assign(second, { peakMemoryBytes: 3 });
  t.is(slot.peakMemoryBytes, 7);
});

test("get() waits until the dead predictor has freed its memory", async (t) => {
  const { predictors, slot } = open();
  const first = await slot.get();
  const gone = Promise.withResolvers<void>();
  Object.assign(first, { gone: gone.promise });
  predictors.started[0]?.die();
  await slot.discard(first);
  const next = slot.get();
  await until("it is starting", () => slot.restartsAtMs !== undefined);
  t.is(predictors.started.length, 1);
  gone.resolve();
  await next;
  t.is(predictors.started.length, 2);
  t.is(slot.restartsAtMs, undefined);
});

test("get() tries a constructor that crashes three times, one that raises once", async (t) => {
  for (const [error, starts] of [
    [died(), 3],
    [errorOf("predictor_out_of_memory", "killed"), 3],
    [died({ said: true }), 1],
    [errorOf("predictor_init_failed", "no model"), 1],
  ] as const) {
    const { predictors, slot } = open();
    predictors.construct = async () => {
      throw error;
    };
    await t.throwsAsync(slot.get(), { is: error });
    t.is(predictors.started.length, starts);
    t.is(diedUnsaid(error), starts > 1);
  }
});

test("get() continues when a constructor works at the second try", async (t) => {
  const { predictors, slot } = open();
  predictors.construct = async (predictor) => {
    if (predictor.pid !== 1) return;
    predictor.die();
    throw died();
  };
  t.true((await slot.get()) === predictors.started[1]);
});

test("end() lets the predictor exit, and returns how it did", async (t) => {
  const { predictors, slot } = open();
  await slot.get();
  predictors.exit = { exitCode: 3, signal: null };
  t.deepEqual(await slot.end({ graceMs: 1 }), { exitCode: 3, signal: null, wasKilled: false });
  t.is(predictors.started[0]?.end, "stopped");
  t.is(slot.current, undefined);
  t.is(await slot.end({ graceMs: 1 }), undefined, "there is none any more");
  await slot.get();
  predictors.exit = undefined;
  t.deepEqual(await slot.end({ graceMs: 1 }), { wasKilled: true });
});

test("end() cancels a start in progress, and get() may start another", async (t) => {
  const { predictors, slot } = open();
  predictors.construct = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  const starting = t.throwsAsync(slot.get(), { code: "unavailable" });
  await until("it is being constructed", () => predictors.started.length === 1);
  t.is(await slot.end({ graceMs: 1 }), undefined);
  await starting;
  t.is(predictors.started[0]?.end, "killed");
  predictors.construct = async () => {};
  t.true((await slot.get()) === predictors.started[1]);
});

test("kill() kills the predictor, and none starts afterwards", async (t) => {
  const { predictors, slot } = open();
  await slot.get();
  await slot.kill();
  t.is(predictors.started[0]?.end, "killed");
  predictors.construct = async (_, signal) => signal.throwIfAborted();
  await t.throwsAsync(slot.get(), { code: "unavailable" });
  await slot.kill();
});
