import test from "ava";
import { advantage, growthExponent, type Measurement, median, meetsTarget, ratios } from "../measure.ts";

const rates: Measurement = {
  name: "rate",
  unit: "items/s",
  better: "more",
  ours: [90, 300, 110],
  peer: { name: "peer", values: [100, 100, 100] },
  target: 1,
};

test("median() is the middle value, or the mean of the middle two", (t) => {
  t.is(median([9, 1, 5]), 5);
  t.is(median([10, 1, 4, 2]), 3);
  t.throws(() => median([]), { instanceOf: RangeError });
});

test("ratios() divides round by round, so that a round that is slow for both does not count", (t) => {
  t.deepEqual(ratios(rates), [0.9, 3, 1.1]);
  t.deepEqual(ratios({ ...rates, ours: [50, 200], peer: { name: "peer", values: [100, 400] } }), [0.5, 0.5]);
});

test("ratios() without a peer returns the values", (t) => {
  const { peer: _, ...alone } = rates;
  t.deepEqual(ratios(alone), [90, 300, 110]);
});

test("meetsTarget() compares the median ratio, in the direction that is better", (t) => {
  t.true(meetsTarget(rates));
  t.false(meetsTarget({ ...rates, target: 1.2 }));
  t.false(meetsTarget({ ...rates, better: "less" }));
  t.true(meetsTarget({ ...rates, better: "less", target: 1.1 }));
  const { target: _, ...aimless } = rates;
  t.is(meetsTarget(aimless), undefined);
});

test("advantage() is above 1 where we win, whether more or less is better", (t) => {
  t.is(advantage({ ...rates, ours: [300, 300, 300] }), 3);
  t.is(advantage({ ...rates, better: "less", ours: [50, 50, 50] }), 2);
  const { peer: _, ...alone } = rates;
  t.is(advantage(alone), undefined);
});

test("growthExponent() finds the power of exact power laws", (t) => {
  const sizes = [1e4, 1e5, 1e6, 1e7];
  for (const exponent of [0, 0.5, 1, 2]) {
    const points = sizes.map((size) => ({ size, value: 3 * size ** exponent }));
    t.true(Math.abs(growthExponent(points) - exponent) < 1e-9, `${exponent}`);
  }
  t.throws(() => growthExponent([{ size: 10, value: 1 }]), { instanceOf: RangeError });
});
