import test from "ava";
import { tellingLines } from "../../src/predictor-process/telling-lines.ts";

test("tellingLines() keeps the error that JavaScript prints above a long stack", (t) => {
  const node = [
    "before",
    "/project/predictor.ts:12",
    "  throw new Error('from a timer');",
    "        ^",
    "",
    "Error: from a timer",
    ...Array.from({ length: 30 }, (_, i) => `    at f${i} (/project/predictor.ts:${i}:1)`),
    "",
    "Node.js v24.0.0",
  ];
  t.is(tellingLines(node).at(-1), "Error: from a timer");
  const deno = [
    "\u001b[31merror\u001b[0m: Uncaught Error: stray",
    "    \u001b[2mat \u001b[0mfile:///project/predictor.ts:1:1",
  ];
  t.deepEqual(tellingLines(deno), ["error: Uncaught Error: stray"]);
});

test("tellingLines() keeps the last lines of output that is not a stack", (t) => {
  const lines = Array.from({ length: 9 }, (_, i) => `line ${i}`);
  t.deepEqual(tellingLines(lines), lines.slice(-5));
  t.deepEqual(tellingLines(["", " "]), []);
});
