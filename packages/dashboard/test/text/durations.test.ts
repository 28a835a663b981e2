import test from "ava";
import { batchTime, clock, duration, roughDuration } from "../../src/app/text/durations.ts";

test("duration() has at most two units, and none that is zero", (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 s"],
    [0.4, "< 1 s"],
    [45.4, "45 s"],
    [59.6, "1 min"],
    [200, "3 min 20 s"],
    [3_600, "1 h"],
    [3_599.7, "1 h"],
    [18_720, "5 h 12 min"],
    [86_390, "1 d"],
    [183_600, "2 d 3 h"],
  ];
  for (const [seconds, text] of cases) t.is(duration(seconds), text, String(seconds));
});

test("roughDuration() is no more precise than what is known", (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [3, "a few seconds"],
    [42, "40 s"],
    [57, "1 min"],
    [100, "1 min 30 s"],
    [3_250, "54 min"],
    [3_599, "1 h"],
    [9_000, "2 h 30 min"],
    [100_000, "1 d 4 h"],
  ];
  for (const [seconds, text] of cases) t.is(roughDuration(seconds), text, String(seconds));
});

test("clock() has hours only if there are any", (t) => {
  t.deepEqual([0, 65, 3_900].map(clock), ["0:00", "1:05", "1:05:00"]);
});

test("batchTime() never says 0", (t) => {
  t.deepEqual([null, 0, 0.0123].map(batchTime), ["–", "< 1 ms", "0.012 s"]);
});
