import test from "ava";
import { LineSplitter } from "../../src/predictor-process/line-splitter.ts";

test("push() returns whole lines when characters and line ends are cut", (t) => {
  const splitter = new LineSplitter();
  const bytes = Buffer.from("ä\r\nsecond\n\nrest €");
  const lines = [...bytes].flatMap((byte) => [...splitter.push(Buffer.from([byte]))]);
  t.deepEqual([...lines, ...splitter.end()], ["ä", "second", "", "rest €"]);
  t.deepEqual(splitter.end(), []);
});

test("push() replaces invalid UTF-8", (t) => {
  t.deepEqual(new LineSplitter().push(Buffer.from([0x61, 0xff, 0x62, 0x0a])), ["a\ufffdb"]);
});

test("push() cuts lines over 64 KiB into pieces, also when they never end", (t) => {
  const text = "x".repeat(200_000);
  const ended = new LineSplitter().push(Buffer.from(`${text}\n`));
  const endless = new LineSplitter();
  const pieces = [...endless.push(Buffer.from(text))];
  t.is(pieces.length, 3);
  for (const all of [ended, [...pieces, ...endless.end()]]) {
    t.true(all.every((piece) => piece.length <= 65_536));
    t.is(all.join(""), text);
  }
});
