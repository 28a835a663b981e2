import assert from "node:assert/strict";
import { cutBytes } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { LineSplitter } from "../../src/predictor-process/line-splitter.ts";

/** Lines whose end was cut: a `\n` that comes by itself belongs to the `\r` before it. */
function rejoined(lines: readonly string[]): readonly string[] {
  const whole: string[] = [];
  for (const line of lines) {
    if (line === "\n") whole.push((whole.pop() ?? "").slice(0, -1));
    else whole.push(line);
  }
  return whole;
}

test("push() returns complete lines when characters and line ends are cut", (t) => {
  const splitter = new LineSplitter();
  const bytes = Buffer.from("ä\r\nsecond\n\nrest €");
  const lines = [...bytes].flatMap((byte) => [...splitter.push(Buffer.from([byte]))]);
  t.deepEqual(rejoined([...lines, ...splitter.end()]), ["ä", "second", "", "rest €"]);
  t.deepEqual(splitter.end(), []);
});

test("push() replaces invalid UTF-8", (t) => {
  t.deepEqual(new LineSplitter().push(Buffer.from([0x61, 0xff, 0x62, 0x0a])), ["a\ufffdb"]);
});

test("push() splits lines over 64 KiB into pieces, also endless ones", (t) => {
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

test("push() ends a line at a lone carriage return, and keeps it", (t) => {
  const splitter = new LineSplitter();
  t.deepEqual(splitter.push(Buffer.from("\rencode  0%")), ["\r"]);
  t.deepEqual(splitter.push(Buffer.from("\rencode 50%\rencode 99%\r\n")), [
    "encode  0%\r",
    "encode 50%\r",
    "encode 99%",
  ]);
  // It is passed on at once: the bar may stay there for minutes.
  t.deepEqual(splitter.push(Buffer.from("done\r")), ["done\r"]);
  t.deepEqual(splitter.push(Buffer.from("\nnext\n")), ["\n", "next"]);
});

test("push() returns the same lines however the bytes are cut, and end() the rest", (t) => {
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
      lines.push(...splitter.end());
      const text = bytes.toString();
      const expected = text === "" ? [] : text.split(/(?<=\r\n|\n|\r(?!\n))/);
      assert.deepEqual(
        rejoined(lines),
        expected.map((line) => line.replace(/\r?\n$/, "")),
      );
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});
