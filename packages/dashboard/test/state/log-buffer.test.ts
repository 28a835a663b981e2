import type { LogLineView } from "@millrace/core";
import test from "ava";
import { LogBuffer } from "../../src/app/state/log-buffer.ts";
import { visibleLines } from "../../src/app/state/visible-lines.ts";
import { takeLines } from "../../src/app/take-lines.ts";

/** The text is all that the buffer looks at. */
const line = (text: string): LogLineView => ({ worker: 0, text }) as LogLineView;

test("LogBuffer keeps the last lines, and counts the dropped ones", (t) => {
  const buffer = new LogBuffer(100);
  for (let i = 0; i < 1_234; i++) buffer.add(line(`line ${i}`));
  const kept = buffer.select("");
  t.is(kept.length, 100);
  t.deepEqual([kept[0]?.text, kept.at(-1)?.text], ["line 1134", "line 1233"]);
  t.is(buffer.dropped, 1_134);
  t.is(buffer.received, 1_234);
  buffer.clear();
  t.deepEqual(buffer.select(""), []);
  t.is(buffer.dropped, 0);
});

test("LogBuffer.select() finds text in any case, and returns each line's number", (t) => {
  const buffer = new LogBuffer(10);
  for (const text of ["Loading", "ERROR: no", "error: yes", "done"]) buffer.add(line(text));
  t.deepEqual(
    buffer.select("Error").map(({ number, text }) => [number, text]),
    [
      [1, "ERROR: no"],
      [2, "error: yes"],
    ],
  );
});

test("LogBuffer splits a text of several lines into lines", (t) => {
  const buffer = new LogBuffer(10);
  buffer.add(line("Traceback:\n  in predict\nValueError"));
  buffer.add(line("next"));
  t.deepEqual(
    buffer.select("").map(({ number, text, isContinued }) => [number, text, isContinued]),
    [
      [0, "Traceback:", false],
      [1, "  in predict", true],
      [2, "ValueError", true],
      [3, "next", false],
    ],
  );
});

test("LogBuffer keeps the last of a hundred thousand lines, drawn in between", (t) => {
  const buffer = new LogBuffer(5_000);
  for (let i = 0; i < 100_000; i++) {
    buffer.add(line("x"));
    // A frame every 160 lines.
    if (i % 160 === 0) buffer.select("");
  }
  t.is(buffer.select("").length, 5_000);
});

test("visibleLines() covers the screen and some lines around it, also after the list became shorter", (t) => {
  const view = { topPx: 2_000, heightPx: 400, linePx: 20 };
  t.deepEqual(visibleLines(5_000, view), { first: 80, end: 140 });
  t.deepEqual(visibleLines(10, view), { first: 0, end: 10 });
  t.deepEqual(visibleLines(0, view), { first: 0, end: 0 });
});

test("takeLines() joins lines across chunks, and stops when it has enough", async (t) => {
  const stream = (chunks: readonly string[]) =>
    ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
  t.deepEqual(await takeLines(stream(["a\nb", "b\ncé\nd"]), 10), ["a", "bb", "cé", "d"]);
  t.deepEqual(await takeLines(stream(["a\nb\nc\n", "d\n"]), 2), ["a", "b"]);
  t.deepEqual(await takeLines(stream([]), 2), []);
});
