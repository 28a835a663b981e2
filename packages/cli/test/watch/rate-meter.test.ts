import test from "ava";
import { RateMeter } from "../../src/watch/rate-meter.ts";

test("RateMeter follows the last ten seconds", (t) => {
  const meter = new RateMeter();
  t.is(meter.perSecond, undefined);
  for (let second = 0; second <= 60; second++) meter.add(second * 100, second * 1_000);
  t.is(meter.perSecond, 100);
  for (let second = 1; second <= 30; second++) meter.add(6_000 + second * 10, (60 + second) * 1_000);
  t.is(meter.perSecond, 10);
  t.is(meter.etaSeconds(50), 5);
});

test("RateMeter has no ETA without progress", (t) => {
  const meter = new RateMeter();
  meter.add(5, 0);
  meter.add(5, 1_000);
  t.is(meter.etaSeconds(10), undefined);
});

test("RateMeter ignores the wait before the first progress", (t) => {
  const meter = new RateMeter();
  meter.add(0, 0);
  meter.add(0, 20_000);
  meter.add(10, 21_000);
  t.is(meter.perSecond, 10);
  t.is(meter.lastGrowthAtMs, 21_000);
  meter.add(10, 25_000);
  t.is(meter.lastGrowthAtMs, 21_000);
});
