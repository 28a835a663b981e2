import assert from "node:assert/strict";
import { cutBytes } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
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

test("push() gives the same lines however the bytes are cut, and end() the rest", (t) => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text)),
    fc.constantFrom("\n", "\r\n", "\r", "\n\n", "é漢😀").map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 4 }),
  );
  const cases = fc
    .array(piece)
    .map((pieces) => Buffer.concat(pieces))
    .chain((bytes) => fc.tuple(fc.constant(bytes), cutBytes(bytes)));
  fc.assert(
    fc.property(cases, ([bytes, pieces]) => {
      const splitter = new LineSplitter();
      const lines = pieces.flatMap((part) => [...splitter.push(Buffer.from(part))]);
      const all = bytes
        .toString()
        .split("\n")
        .map((line) => line.replace(/\r$/, ""));
      const isEnded = bytes.length === 0 || bytes.at(-1) === 0x0a;
      assert.deepEqual([...lines, ...splitter.end()], isEnded ? all.slice(0, -1) : all);
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});
