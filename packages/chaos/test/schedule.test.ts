import test from "ava";
import fc from "fast-check";
import { FAULT_KINDS, makeSchedule, printSchedule } from "../src/mod.ts";

test("makeSchedule() returns the same faults for the same seed, and others for another", (t) => {
  const make = (seed: number) => makeSchedule({ seed, faults: 50, kinds: FAULT_KINDS });
  t.deepEqual(make(7), make(7));
  t.notDeepEqual(make(7), make(8));
});

test("makeSchedule() returns as many faults as asked for, in order, and none at the job's end", (t) => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 300 }), (seed, faults) => {
      const schedule = makeSchedule({ seed, faults, kinds: FAULT_KINDS });
      t.is(schedule.length, faults);
      t.true(schedule.every(({ at, draw }) => at >= 0 && at < 0.91 && draw >= 0 && draw <= 1));
      t.deepEqual(
        schedule,
        schedule.toSorted((a, b) => a.at - b.at),
      );
    }),
    { numRuns: 50 },
  );
});

test("makeSchedule() draws only from the given kinds, and rarely a slow one", (t) => {
  const schedule = makeSchedule({ seed: 1, faults: 1_000, kinds: ["kill-worker", "stop-worker-past-lease"] });
  const slow = schedule.filter(({ kind }) => kind === "stop-worker-past-lease");
  t.is(slow.length, 12);
  t.true(schedule.every(({ kind }) => kind === "kill-worker" || slow.some((one) => one.kind === kind)));
});

test("makeSchedule() draws every kind in the long run", (t) => {
  const kinds = new Set(makeSchedule({ seed: 1, faults: 1_000, kinds: FAULT_KINDS }).map(({ kind }) => kind));
  t.deepEqual([...kinds].sort(), [...FAULT_KINDS].sort());
});

test("makeSchedule() refuses to draw from nothing", (t) => {
  t.throws(() => makeSchedule({ seed: 1, faults: 1, kinds: [] }), { instanceOf: RangeError });
});

test("printSchedule() prints a line for each fault", (t) => {
  t.is(printSchedule([{ kind: "kill-worker", at: 0.25, draw: 0.5 }]), " 25.0 %  kill-worker  (draw 0.5)");
});
