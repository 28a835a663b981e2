import test from "ava";
import type { Measurement } from "../measure.ts";
import { figure, format, markdownTable } from "../table.ts";

const rate: Measurement = {
  name: "no-op, batches of 1",
  unit: "batches/s",
  better: "more",
  ours: [30_000, 20_000, 24_000],
  peer: { name: "BullMQ", values: [10_000, 10_000, 10_000] },
  target: 2,
};
const { peer: _, ...alone } = rate;

test("figure() has three digits, and separates thousands", (t) => {
  t.deepEqual([0.97312, 1, 12.345, 0.001234, 99.96, 123.4, 1_234_567].map(figure), [
    "0.973",
    "1",
    "12.3",
    "0.00123",
    "100",
    "123",
    "1,234,567",
  ]);
});

test("format() shows medians, the ratio with its spread, and whether the target is met", (t) => {
  t.is(
    format(rate),
    "ok   no-op, batches of 1: 24,000 batches/s vs 10,000 (BullMQ): ratio 2.4 [2..3], target >= 2",
  );
  t.is(format({ ...alone, target: 25_000 }).slice(0, 5), "MISS ");
  const { target: __, ...aimless } = alone;
  t.is(format(aimless), "     no-op, batches of 1: 24,000 batches/s [20,000..30,000]");
  t.is(format({ name: "Ray", skipped: "no pip\nat line 3" }), "skip Ray: no pip");
});

test("markdownTable() has one row per line with equal cells, and says what was not measured", (t) => {
  const rows = markdownTable([
    rate,
    { ...alone, better: "less", target: 1 },
    { name: "Ray", skipped: "no | pip" },
  ])
    .split("\n")
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  t.deepEqual(
    rows.map((row) => row.length),
    [8, 8, 8, 8, 8],
  );
  t.deepEqual(rows[2]?.slice(1, -1), [
    "no-op, batches of 1",
    "24,000 batches/s",
    "10,000 (BullMQ)",
    "2.4 [2..3]",
    ">= 2",
    "met",
  ]);
  t.deepEqual(rows[3]?.slice(4, -1), ["[20,000..30,000]", "<= 1", "**missed**"]);
  t.is(rows[4]?.[6], "not measured: no \\| pip");
});
