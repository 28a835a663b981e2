import test from "ava";
import { formatBytes, formatDuration, formatRate } from "../src/format.ts";
import { renderTable } from "../src/table.ts";

test("renderTable() aligns columns, whatever their colours, and keeps a cell on its line", (t) => {
  const columns = [{ title: "NAME" }, { title: "N", align: "right" as const }, { title: "X" }];
  const rows = [
    ["\u001b[32mgreen\u001b[39m", "1", "a\nb"],
    ["x", "12,345", ""],
  ];
  t.deepEqual(renderTable(columns, rows), [
    "NAME        N  X",
    "\u001b[32mgreen\u001b[39m       1  a b",
    "x      12,345",
  ]);
});

test("formats read well at every size", (t) => {
  t.deepEqual([0.44, 9.96, 59.6, 3_599, 3_600, 90_000].map(formatDuration), [
    "0.4s",
    "10.0s",
    "1m 00s",
    "59m 59s",
    "1h 00m",
    "25h 00m",
  ]);
  t.deepEqual([0.123, 12.34, 1234.5].map(formatRate), ["0.12", "12.3", "1,235"]);
  t.deepEqual([0, 1023, 1536, 2 ** 30].map(formatBytes), ["0 B", "1023 B", "1.5 KiB", "1.0 GiB"]);
});
