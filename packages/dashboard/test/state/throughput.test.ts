import { EMPTY_REPORT } from "@millrace/core";
import test from "ava";
import { axisTop, throughputBars } from "../../src/app/state/throughput.ts";
import { largestPhase, timeParts } from "../../src/app/state/time-parts.ts";

const start_time = "2031-03-12T06:00:00.000Z";

const NO_TIME = EMPTY_REPORT.phasesMs;

test("throughputBars() merges neighbours and loses no item", (t) => {
  const items = Array.from({ length: 301 }, (_, i) => i);
  const bars = throughputBars({ start_time, interval_seconds: 10, items }, { maxBars: 120, isOver: false });
  t.true(bars.length <= 120);
  const total = bars.reduce(
    (sum, { itemsPerSecond, fromSeconds, toSeconds }) => sum + itemsPerSecond * (toSeconds - fromSeconds),
    0,
  );
  t.is(Math.round(total), 301 * 150);
  t.is(bars.at(-1)?.toSeconds, 3_010);
  t.deepEqual([bars.at(-1)?.isPartial, bars.at(-2)?.isPartial], [true, false]);
});

test("throughputBars() has no partial bar once the job is over", (t) => {
  const bars = throughputBars(
    { start_time, interval_seconds: 2, items: [4, 8] },
    { maxBars: 10, isOver: true },
  );
  t.deepEqual(
    bars.map(({ itemsPerSecond, isPartial }) => [itemsPerSecond, isPartial]),
    [
      [2, false],
      [4, false],
    ],
  );
});

test("axisTop() is round and not below the value", (t) => {
  t.deepEqual([0, 0.03, 1, 7, 230, 1_340].map(axisTop), [1, 0.05, 1, 10, 250, 2_000]);
});

test("timeParts() has every phase in order; largestPhase() is where most of the time went", (t) => {
  const time = { ...NO_TIME, waiting: 1, starting: 2, loading: 3, predicting: 90, writing: 4 };
  t.deepEqual(
    timeParts(time).map(({ phase }) => phase),
    ["waiting", "starting", "loading", "predicting", "writing", "idle"],
  );
  const staged = timeParts({ ...time, preprocessing: 5 }).map(({ phase }) => phase);
  t.deepEqual(staged.slice(2, 4), ["loading", "preprocessing"], "shown where there is some");
  t.like(largestPhase(time), { phase: "predicting", seconds: 90, ofSeconds: 100 });
  t.is(largestPhase(NO_TIME), undefined);
});
