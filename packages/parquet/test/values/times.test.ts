import test from "ava";
import fc from "fast-check";
import { dateTexts, durationTexts, timestampTexts, timeTexts } from "../../src/values/times.ts";

const stamp = (value: bigint, unit: "ms" | "us" | "ns", isUtc = true) =>
  timestampTexts(BigInt64Array.of(value), { unit, isUtc })[0];

test("timestampTexts() has at least milliseconds, and as many digits as the value", (t) => {
  t.is(stamp(0n, "ms"), '"1970-01-01T00:00:00.000Z"');
  t.is(stamp(-1n, "ms"), '"1969-12-31T23:59:59.999Z"');
  t.is(stamp(1_500_000n, "us", false), '"1970-01-01T00:00:01.500"');
  t.is(stamp(-1n, "us"), '"1969-12-31T23:59:59.999999Z"');
  t.is(stamp(1_709_210_096_789_000_120n, "ns"), '"2024-02-29T12:34:56.78900012Z"');
  t.is(stamp(-(2n ** 63n), "ns"), '"1677-09-21T00:12:43.145224192Z"');
});

test("timestampTexts() agrees with Date wherever Date can represent the time", (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: -8_640_000_000_000_000n, max: 8_640_000_000_000_000n }), (ms) => {
      return stamp(ms, "ms") === JSON.stringify(new Date(Number(ms)));
    }),
  );
  t.pass();
});

test("dates beyond the range of Date continue in the same calendar", (t) => {
  const days = [-719_162, 2_932_896, 2_932_897, 100_000_000, 100_000_001, 2 ** 31 - 1, -(2 ** 31)];
  t.deepEqual(dateTexts(Int32Array.from(days)), [
    '"0001-01-01"',
    '"9999-12-31"',
    '"+010000-01-01"',
    '"+275760-09-13"',
    '"+275760-09-14"',
    '"+5881580-07-11"',
    '"-5877641-06-23"',
  ]);
  t.is(stamp(2n ** 63n - 1n, "ms"), '"+292278994-08-17T07:12:55.807Z"');
  t.is(stamp(2n ** 63n - 1n, "us"), '"+294247-01-10T04:00:54.775807Z"');
});

test("timeTexts() keeps hours past a day, and a sign", (t) => {
  t.deepEqual(timeTexts(Int32Array.of(45_296_123, 86_400_000, -1), "ms"), [
    '"12:34:56.123"',
    '"24:00:00.000"',
    '"-00:00:00.001"',
  ]);
  t.deepEqual(timeTexts(BigInt64Array.of(1n), "ns"), ['"00:00:00.000000001"']);
});

test("durationTexts() returns ISO 8601 durations", (t) => {
  const of = (value: bigint, unit: "s" | "ms" | "us" | "ns") =>
    durationTexts(BigInt64Array.of(value), unit)[0];
  t.is(of(0n, "s"), '"PT0S"');
  t.is(of(93_784_500n, "ms"), '"P1DT2H3M4.5S"');
  t.is(of(-86_400n, "s"), '"-P1D"');
  t.is(of(1n, "ns"), '"PT0.000000001S"');
  t.is(of(3_600_000_000n, "us"), '"PT1H"');
  t.is(of(-(2n ** 63n), "s"), '"-P106751991167300DT15H30M8S"');
});
