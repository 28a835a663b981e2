import test from "ava";
import { bytes, compact, count, counted, percent, rate } from "../../src/app/text/numbers.ts";

test("percent() says 100 % only for everything, and 0 % only for nothing", (t) => {
  t.is(percent(0, 10, "en"), "0 %");
  t.is(percent(10, 10, "en"), "100 %");
  t.is(percent(9_999_999, 10_000_000, "en"), "99 %");
  t.is(percent(1, 10_000_000, "en"), "< 0.1 %");
  t.is(percent(999, 10_000, "en"), "9.9 %");
  t.is(percent(25, 1_000, "en"), "2.5 %");
  t.is(percent(62_345, 100_000, "en"), "62 %");
  t.is(percent(1, 0, "en"), "0 %");
});

test("rate() keeps the digits that count", (t) => {
  t.deepEqual(
    [0.4213, 8.549, 1_240.4, 0].map((value) => rate(value, "en")),
    ["0.42", "8.5", "1,240", "0"],
  );
});

test("count(), counted() and compact() follow the language", (t) => {
  t.is(count(10_000_000, "en"), "10,000,000");
  t.is(count(10_000_000, "de"), "10.000.000");
  t.is(counted(1, "item", "en"), "1 item");
  t.is(counted(1_500, "item", "en"), "1,500 items");
  t.is(compact(3_500_000, "en"), "3.5M");
});

test("bytes() uses the largest unit with a value of at least one", (t) => {
  t.is(bytes(1_023, "en"), "1,023 B");
  t.is(bytes(1_536, "en"), "1.5 KiB");
  t.is(bytes(812 * 1024 * 1024, "en"), "812 MiB");
  t.is(bytes(5 * 1024 ** 4, "en"), "5 TiB");
});
