import test from "ava";
import { ago, secondsBetween } from "../../src/app/text/times.ts";

const NOW = Date.parse("2031-03-12T06:00:00.000Z");

test("ago() is relative for a week, then a day", (t) => {
  t.is(ago("2031-03-12T05:59:55.000Z", NOW, "en"), "just now");
  // A browser whose clock is behind the service's.
  t.is(ago("2031-03-12T06:00:20.000Z", NOW, "en"), "just now");
  t.is(ago("2031-03-12T05:54:30.000Z", NOW, "en"), "5 min ago");
  t.is(ago("2031-03-11T21:10:00.000Z", NOW, "en"), "8 h ago");
  t.is(ago("2031-02-12T12:00:00.000Z", NOW, "en"), "Feb 12, 2031");
});

test("secondsBetween() counts to now while there is no end, and is never below zero", (t) => {
  t.is(secondsBetween("2031-03-12T05:59:00.000Z", null, NOW), 60);
  t.is(secondsBetween("2031-03-12T05:59:00.000Z", "2031-03-12T05:59:30.000Z", NOW), 30);
  t.is(secondsBetween("2031-03-12T06:01:00.000Z", null, NOW), 0);
});
