import test from "ava";
import { compare } from "../compare.ts";
import { interleave, type Side, valuesOf } from "../interleave.ts";

const line = { name: "line", unit: "s", better: "less", values: "time", ours: "ours", peer: "peer" } as const;

function side(name: string, measure: Side["measure"]): Side {
  return { name, measure };
}

test("interleave() gives each side a turn in each round, and rotates who starts", async (t) => {
  const turns: string[] = [];
  const sides = ["a", "b", "c"].map((name) =>
    side(name, async (round) => {
      turns.push(`${name}${round}`);
      return { time: round };
    }),
  );
  const outcomes = await interleave(sides, 3);
  t.deepEqual(turns, ["a0", "b0", "c0", "b1", "c1", "a1", "c2", "a2", "b2"]);
  t.deepEqual(valuesOf(outcomes.get("c"), "time"), [0, 1, 2]);
});

test("interleave() continues without a side that fails, and its line says why", async (t) => {
  let tries = 0;
  const outcomes = await interleave(
    [
      side("ours", async () => ({ time: 1 })),
      side("peer", async () => {
        tries += 1;
        throw new Error("not installed");
      }),
    ],
    2,
  );
  t.is(tries, 1);
  t.deepEqual(valuesOf(outcomes.get("ours"), "time"), [1, 1]);
  t.deepEqual(compare(outcomes, line), { name: "line vs peer", skipped: "not installed" });
});

test("compare() combines both sides' values into a measurement", async (t) => {
  const outcomes = await interleave(
    [side("ours", async () => ({ time: 1 })), side("peer", async () => ({ time: 4 }))],
    1,
  );
  t.deepEqual(compare(outcomes, { ...line, target: 1 }), {
    name: "line",
    unit: "s",
    better: "less",
    ours: [1],
    peer: { name: "peer", values: [4] },
    target: 1,
  });
});

test("compare() throws when our side failed", async (t) => {
  const outcomes = await interleave(
    [
      side("ours", async () => {
        throw new Error("broken");
      }),
      side("peer", async () => ({ time: 4 })),
    ],
    1,
  );
  t.throws(() => compare(outcomes, line), { message: /"time": broken/ });
});

test("valuesOf() refuses a line that lacks a value in a round", async (t) => {
  const outcomes = await interleave([side("ours", async () => ({ time: 1 }))], 1);
  t.throws(() => valuesOf(outcomes.get("ours"), "memory"), { message: /"memory": it has no value/ });
});
