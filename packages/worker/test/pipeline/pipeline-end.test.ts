import test from "ava";
import { Ending } from "../../src/pipeline/pipeline-end.ts";

test("set() keeps the first reason, and wakes waiters", (t) => {
  let woken = 0;
  const ending = new Ending(() => {
    woken += 1;
  });
  t.is(ending.end, undefined);
  t.false(ending.signal.aborted);
  ending.set({ kind: "released" });
  ending.set({ kind: "complete" });
  t.deepEqual(ending.end, { kind: "released" });
  t.true(ending.signal.aborted);
  t.true(woken >= 1);
});

test("guard() ends the pipeline with the error of work that throws", async (t) => {
  const ending = new Ending(() => {});
  await ending.guard(Promise.resolve());
  t.is(ending.end, undefined);
  const error = new Error("broken");
  await ending.guard(Promise.reject(error));
  t.deepEqual(ending.end, { kind: "failed", error });
});

test("orEnd() returns what comes first: the value, the error or the end", async (t) => {
  const ending = new Ending(() => {});
  t.is(await ending.orEnd(Promise.resolve(1)), 1);
  await t.throwsAsync(ending.orEnd(Promise.reject(new Error("odd"))), { message: "odd" });
  const pending = ending.orEnd(new Promise<number>(() => {}));
  ending.set({ kind: "complete" });
  t.is(await pending, undefined);
});
