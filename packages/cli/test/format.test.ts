import test from "ava";
import { formatBatchTime, formatRemaining } from "../src/format.ts";

test("formatRemaining() shows the range of the time left", (t) => {
  t.is(formatRemaining({ seconds: 12, low_seconds: 12, high_seconds: 12 }), "12s");
  t.is(formatRemaining({ seconds: 12, low_seconds: 9.14, high_seconds: 17.4 }), "12s (9.1s to 17s)");
  t.is(
    formatRemaining({ seconds: 7_800, low_seconds: 3_600, high_seconds: null }),
    "2h 10m (1h 00m or more)",
  );
});

test("formatBatchTime() never says 0", (t) => {
  t.is(formatBatchTime(0), "less than 1 ms");
  t.is(formatBatchTime(0.0123), "0.012 s");
});
