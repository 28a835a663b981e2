import { Readable } from "node:stream";
import test from "ava";
import { LogPump } from "../../src/predictor-process/log-pump.ts";

/** The lines that were passed on for chunks of output, and the last ones that were remembered. */
async function pumped(...chunks: readonly string[]) {
  const lines: string[] = [];
  const batches: (string | undefined)[] = [];
  const pump = new LogPump(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (line, batch) => {
    lines.push(line);
    batches.push(batch);
  });
  await pump.ended;
  return { lines, batches, lastLines: pump.lastLines };
}

test("a progress bar's states are lines of the log, and only the last one is among the last lines", async (t) => {
  const bar = ["loaded\n", "\rencode  0%", "\rencode 50%", "\rencode 99%", "\n", "dies\n"];
  const { lines, lastLines } = await pumped(...bar);
  t.deepEqual(lines, ["loaded", "encode  0%", "encode 50%", "encode 99%", "dies"]);
  t.deepEqual(lastLines, ["loaded", "encode 99%", "dies"]);
});

test("a progress bar that writes its carriage return last shows each state at once", async (t) => {
  const { lines, lastLines } = await pumped("1 of 2\r", "2 of 2\r", "\n", "end\n");
  t.deepEqual(lines, ["1 of 2", "2 of 2", "end"]);
  t.deepEqual(lastLines, ["2 of 2", "end"]);
});

test("a progress bar that is cleared, or overwritten by a traceback, leaves what a terminal shows", async (t) => {
  const cleared = await pumped("50%\r", "   \r", "done\n");
  t.deepEqual(cleared.lines, ["50%", "done"]);
  t.deepEqual(cleared.lastLines, ["done"]);
  const died = await pumped("\r10%\r20%Traceback (most recent call last):\n", "ValueError: x\n");
  t.deepEqual(died.lastLines, ["20%Traceback (most recent call last):", "ValueError: x"]);
});

test("lines that end in a carriage return and a line feed are single lines, wherever they are cut", async (t) => {
  const text = "one\r\n\r\ntwo\r\n";
  for (let cut = 0; cut <= text.length; cut++) {
    const { lines, lastLines } = await pumped(text.slice(0, cut), text.slice(cut));
    t.deepEqual(lines, ["one", "", "two"], `cut at ${cut}`);
    t.deepEqual(lastLines, ["one", "", "two"], `cut at ${cut}`);
  }
});

test("states have the batch in which they start, and marks alone are not a line", async (t) => {
  const mark = (batch: string) => `\u001emillrace:batch:${batch}\u001f`;
  const { lines, batches } = await pumped(
    `${mark("0-1")}\r10%`,
    `\r90%\n${mark("")}`,
    `${mark("1-1")}\r20%\n`,
  );
  t.deepEqual(lines, ["10%", "90%", "20%"]);
  t.deepEqual(batches, ["0-1", "0-1", "1-1"]);
});
