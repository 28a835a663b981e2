import { Buffer } from "node:buffer";
import test from "ava";
import fc from "fast-check";
import { NdjsonSplitter } from "../../src/dataset/ndjson-splitter.ts";
import { isMillraceError } from "../../src/mod.ts";

/** Splits bytes that come in pieces of `pieceBytes`; a malformed file gives its error's code and line. */
function split(bytes: Buffer, pieceBytes: number, maxItemBytes?: number) {
  const found: string[] = [];
  const lines: number[] = [];
  try {
    const splitter = new NdjsonSplitter({ file: "/in/a.json", ...(maxItemBytes ? { maxItemBytes } : {}) });
    const take = (list: ReturnType<NdjsonSplitter["push"]>) => {
      for (let i = 0; i < list.count; i += 1) {
        found.push(bytes.toString("utf8", list.start(i), list.end(i)));
        lines.push(list.line(i));
      }
    };
    for (let at = 0; at < bytes.length; at += pieceBytes)
      take(splitter.push(bytes.subarray(at, at + pieceBytes)));
    take(splitter.end());
    return { found, lines };
  } catch (error) {
    if (!isMillraceError(error)) throw error;
    return { code: error.code, line: error.details.line, message: error.message, details: error.details };
  }
}

const fragment = fc.oneof(
  fc.json({ maxDepth: 1 }),
  fc.constantFrom(
    "\n",
    "\r\n",
    " ",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "1",
    "-",
    "e",
    "true",
    "nul",
    "é",
    "\u0001",
    "[[1]\n,2]",
    '"\\u12"',
  ),
);

test("NdjsonSplitter finds the same values, or the same fault, however the bytes are cut", (t) => {
  fc.assert(
    fc.property(
      fc.array(fragment, { maxLength: 14 }),
      fc.integer({ min: 1, max: 5 }),
      (fragments, pieceBytes) => {
        const bytes = Buffer.from(fragments.join(""));
        const whole = split(bytes, bytes.length || 1);
        const pieces = split(bytes, pieceBytes);
        t.deepEqual(
          [pieces.found, pieces.lines, pieces.code, pieces.line],
          [whole.found, whole.lines, whole.code, whole.line],
        );
        for (const value of whole.found ?? []) t.notThrows(() => JSON.parse(value));
      },
    ),
    { numRuns: 3_000 },
  );
});

test("NdjsonSplitter agrees with JSON.parse on whether a line is a value", (t) => {
  fc.assert(
    fc.property(fc.array(fragment, { minLength: 1, maxLength: 5 }), (fragments) => {
      // An opening bracket before it sends the line to the scanner.
      const text = `[\n${fragments.join("")}]`;
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      const { found } = split(Buffer.from(text), 1_000);
      t.is(found?.length === 1 && found[0] === text, valid);
    }),
    { numRuns: 5_000 },
  );
});

const faults: readonly (readonly [string, string | Buffer, number, RegExp])[] = [
  [
    "a line that breaks off",
    '1\n\n{"a": [1, 2\n{"b":1}\n',
    3,
    /goes wrong at line 4, column 1: unexpected "\{", expected "," or "\]"/,
  ],
  ["a word", "1\nhello\n", 2, /line 2, column 1: "hello" is not a JSON value; found hello/],
  ["nan", "1\n\n[nan]\n", 3, /line 3, column 2/],
  ["a trailing comma", '{"a":1,}\n2', 1, /line 1, column 8/],
  ["single quotes", "1\r\n{'a':1}\r\n", 2, /line 2, column 2/],
  ["a closed bracket too many", "1\n2 [3]]\n", 2, /line 2, column 6/],
  [
    "a truncated last value",
    '1\n2\n{"a":"x',
    3,
    /the file ends before the JSON value that begins here does; found \{"a":"x/,
  ],
  ["a truncated last number", "1\n[1]\n-", 3, /"-" is not a JSON value/],
  ["an open string", '1\n"abc\n2\n', 2, /a string is not closed/],
  ["a leading zero", "0\n007\n", 2, /"007" is not a JSON value/],
  ["bytes that are not UTF-8", Buffer.from('1\n2\n"\xff"\n3\n', "latin1"), 3, /not UTF-8/],
  ["a cut character at the end", Buffer.from('1\n"\xe2\x82', "latin1"), 2, /not UTF-8/],
  [
    "a fault before bytes that are not UTF-8",
    Buffer.from('1\n{\n}}\n"\xff"\n', "latin1"),
    3,
    /line 3, column 2/,
  ],
];

for (const [name, text, line, message] of faults) {
  test(`NdjsonSplitter names file and line of ${name}`, (t) => {
    for (const pieceBytes of [1_000, 3, 1]) {
      const fault = split(Buffer.from(text as string), pieceBytes);
      t.is(fault.code, "malformed_input");
      t.is(fault.line, line);
      t.is(fault.details?.file, "/in/a.json");
      t.regex(fault.message ?? "", /^Cannot read "\/in\/a\.json" at line \d+/);
      if (pieceBytes === 1_000) t.regex(fault.message ?? "", message);
    }
  });
}

test("NdjsonSplitter cuts the excerpt of a long line", (t) => {
  const fault = split(Buffer.from(`{"a":${"x".repeat(100_000)}`), 1_000);
  t.true((fault.message ?? "").length < 400);
});

test("NdjsonSplitter refuses an item over the limit with its line, however it is read", (t) => {
  for (const text of [`1\n"${"x".repeat(50)}"\n`, `1\n["${"x".repeat(50)}",\n1]\n`]) {
    const fault = split(Buffer.from(text), 7, 40);
    t.is(fault.code, "item_too_large");
    t.is(fault.line, 2);
    t.regex(fault.message ?? "", /\/in\/a\.json" at line 2.*larger than 40 bytes/);
  }
  t.deepEqual(split(Buffer.from(`"${"x".repeat(38)}"`), 7, 40).found, [`"${"x".repeat(38)}"`]);
});

test("NdjsonSplitter gives up on an endlessly nested value or number before it uses much memory", (t) => {
  for (const [byte, message] of [
    ["[", /nested deeper than 8388608 levels/],
    ["1", /number or word of more than 16777216 characters/],
    ['{"":', /nested deeper than 8388608 levels/],
  ] as const) {
    const splitter = new NdjsonSplitter({ file: "/in/a.json" });
    const piece = Buffer.from(byte.repeat(1024 * 1024));
    const before = process.memoryUsage().rss;
    const error = t.throws(() => {
      for (let i = 0; i < 64; i += 1) splitter.push(piece);
    });
    t.regex(error?.message ?? "", message);
    t.true(process.memoryUsage().rss - before < 200 * 1024 * 1024, byte);
  }
});

test("NdjsonSplitter accepts the same depth whether a value is scanned or alone on a line", (t) => {
  const deep = "[".repeat(300_000) + "]".repeat(300_000);
  t.is(split(Buffer.from(`${deep}\n`), 1024 * 1024).found?.length, 1);
  t.is(split(Buffer.from(`1 ${deep}\n`), 1024 * 1024).found?.length, 2);
});

test("NdjsonSplitter takes time in proportion to a line of 200 MB and of a million values", (t) => {
  const piece = Buffer.alloc(1024 * 1024, "x");
  const splitter = new NdjsonSplitter({ file: "/in/a.json" });
  splitter.push(Buffer.from('0\n"'));
  for (let i = 0; i < 200; i += 1) t.is(splitter.push(piece).count, i === 0 ? 0 : 0);
  const last = splitter.push(Buffer.from('"\n1\n'));
  t.is(last.count, 2);
  t.is(last.end(0) - last.start(0), 200 * 1024 * 1024 + 2);
  t.is(last.line(1), 3);

  const many = split(Buffer.from('{"a":1}'.repeat(1_500_000)), 1024 * 1024);
  t.is(many.found?.length, 1_500_000);
});
