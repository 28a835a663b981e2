import { isMillraceError } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { parseJson } from "../../src/http/parse-json.ts";

const BROKEN: readonly (readonly [string, number])[] = [
  ['{"a": ]', 6],
  ['{"a" 1}', 5],
  ['{"a": 1', 7],
  ["[1,]", 3],
  ["{,}", 1],
  ['{"a":1,}', 7],
  ["[1 2]", 3],
  ["1 2", 2],
  ["]", 0],
  ['"a\n"', 2],
  ['"\\x"', 2],
  ['"abc', 4],
  ["01", 0],
  ["[1.]", 1],
  ["[tru]", 1],
  ["[NaN]", 1],
  ["{a:1}", 1],
  ["[}", 1],
  ["nullx", 0],
  ["-Infinity", 0],
  ['["ä€😀", x]', 9],
  ['{"a": 1}  "ä"', 10],
];

function positionOf(t: ExecutionContext, text: string): unknown {
  const error = t.throws(() => parseJson(Buffer.from(text)));
  if (!isMillraceError(error, "invalid_request")) throw error;
  return error.details.position;
}

test("parseJson() finds the first character that cannot be there", (t) => {
  for (const [text, position] of BROKEN) {
    t.throws(() => JSON.parse(text));
    t.is(positionOf(t, text), position, text);
  }
});

// In quadratic time it would take hours.
test("parseJson() finds the end of a long unterminated string in linear time", (t) => {
  const text = `["${"a\\n".repeat(1_000_000)}`;
  t.is(positionOf(t, text), text.length);
});

test("parseJson() keeps numbers as written, and reports line and column of an error", (t) => {
  const parsed = parseJson(Buffer.from("[12345678901234567890, -9007199254740993, 1.25, 1e300, 1.0, 5]"));
  t.is(JSON.stringify(parsed), "[12345678901234567890,-9007199254740993,1.25,1e300,1.0,5]");
  const error = t.throws(() => parseJson(Buffer.from('{\n  "a": 1,\n  b: 2\n}')));
  t.true(isMillraceError(error, "invalid_request"));
  t.regex(error?.message ?? "", /unexpected "b: 2\\n}" at position 14 \(line 3, column 3\)/);
});
