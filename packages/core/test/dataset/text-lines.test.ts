import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { TextSplitter, textLines } from "../../src/dataset/text-lines.ts";
import { isMillraceError, openSource, type ReadingRules } from "../../src/mod.ts";
import { openSources, planAll, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

async function read(content: string | Uint8Array, rules: ReadingRules = {}, name = "a.txt") {
  const objects = new MemoryObjectStore({ pieceBytes: 5 });
  const stat = objects.put(`mem://in/${name}`, content);
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const { format } = await openSource(objects, stat, { id: 0, spoolUri: "mem://spool/0", rules });
  const { items } = await planAndRead(objects, [stat.uri], { ...rules, warn, batchSize: 2 });
  return { format, warnings, items: items.map((item) => JSON.parse(item)) };
}

const LINES: readonly (readonly [title: string, content: string, lines: readonly string[]])[] = [
  ["end in \\n", "a b\nc\n", ["a b", "c"]],
  ["end in \\r\\n", "a b\r\nc\r\n", ["a b", "c"]],
  ["have no end at the file's end", "a\nb", ["a", "b"]],
  ["are empty", "\na\n\n\r\n", ["", "a", "", ""]],
  ["are empty only where a line ends", "a\n\n", ["a", ""]],
  [
    "have other characters that end lines elsewhere",
    "a\rb\u2028c\u0085\n\fd\r",
    ["a\rb\u2028c\u0085", "\fd\r"],
  ],
  ["have a mark at the file's start only", "\ufeffa\n\ufeffb\n", ["a", "\ufeffb"]],
  ["have quotes and control characters", 'say "hi"\n\t\u0001\\\u007f\n', ['say "hi"', "\t\u0001\\\u007f"]],
];

for (const [title, content, lines] of LINES)
  test(`text: each line is an item, also if lines ${title}`, async (t) => {
    const { format, items } = await read(content);
    t.is(format, "text");
    t.deepEqual(items, lines);
  });

test("text: a .txt file is JSON if its first line is, so that a malformed line is refused", async (t) => {
  const json: readonly (readonly [string, readonly unknown[]])[] = [
    ['{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ["1\n2\n", [1, 2]],
    ['\ufeff\n  "a"\r\n"b"\r\n', ["a", "b"]],
    ["[1,\n 2]\ntrue", [[1, 2], true]],
    ["1 2\n3", [1, 2, 3]],
    ["NaN\n", [null]],
    ["17", [17]],
    [`"${"x".repeat(20_000)}"\n1\n`, ["x".repeat(20_000), 1]],
  ];
  for (const [content, items] of json) {
    const found = await read(content);
    t.deepEqual(found.items, items, content.slice(0, 20));
    t.is(found.format, "ndjson");
  }
  const broken = ['{"a":1}\n{"a":\n', "1\nx\n", '{"a"', "[1]\n[Chorus]\n"];
  for (const content of broken) {
    await t.throwsAsync(read(content), { code: "malformed_input" }, content);
    t.deepEqual((await read(content, { format: "text" })).items, content.trimEnd().split("\n"));
  }
  await t.throwsAsync(read("1984\nIt was a bright cold day\n"), {
    message: /line 2.*not a JSON value; .*"format": "text" makes each line an item/,
  });
});

test("text: a .txt file is text if its first line is not JSON", async (t) => {
  const texts = [
    "2024 was a year\n1\n",
    '"Hello," she said.\n',
    "[Chorus]\n",
    "{x}\n",
    "nan\n",
    "-\n",
    "\ufeff \n\nx\n",
  ];
  for (const content of texts) {
    const { format, items } = await read(content);
    t.is(format, "text", content);
    t.is(items[0], content.replace("\ufeff", "").split("\n")[0]);
  }
});

test("text: what the user says wins, whatever the name and the bytes show", async (t) => {
  const text = { format: "text" };
  t.deepEqual((await read('{"a":1}\n<html>\n', text, "a.json")).items, ['{"a":1}', "<html>"]);
  t.deepEqual((await read(gzipSync("<!DOCTYPE html>\n"), text, "a.html.gz")).items, ["<!DOCTYPE html>"]);
  t.deepEqual((await read("n;m\n1;2\n", { csv: {} })).items, [{ n: "1", m: "2" }]);
  t.deepEqual((await read("1\n2\n", { csv: {} })).items, [1, 2]);
});

test("text: a table in a .txt file causes a warning, unless the user says that it is text", async (t) => {
  const table = "a;b\n1;2\n3;4\n";
  t.regex((await read(table)).warnings.join(), /^it looks like CSV, .*set "format" to "csv"/);
  t.deepEqual((await read(table, { format: "text" })).warnings, []);
  t.deepEqual((await read("Dear Ada,\n\nhow are you, and where?\nYours\n")).warnings, []);
});

const REFUSED: readonly (readonly [
  title: string,
  content: string | Uint8Array,
  line: number,
  message: RegExp,
])[] = [
  ["bytes that are not UTF-8", Buffer.from("a\nb\xff\n", "latin1"), 2, /not UTF-8/],
  ["a file that ends inside a character", Buffer.from("a\nb\n\xc3", "latin1"), 3, /ends inside a character/],
  ["a NUL byte", "a\nb\0\n", 2, /a NUL byte/],
  ["UTF-16 without a mark", Buffer.from("abc\ndef\n", "utf16le"), 1, /UTF-16 \(little-endian\)/],
];

for (const [title, content, line, message] of REFUSED)
  test(`text: the error names file and line of ${title}`, async (t) => {
    const error = await t.throwsAsync(read(content), { code: "malformed_input", message });
    t.true(isMillraceError(error) && error.details.file === "/in/a.txt" && error.details.line === line);
  });

test("TextSplitter refuses a line that is too long as soon as it is, with its number", (t) => {
  const options = { file: "/in/a.txt", from: { offset: 0, line: 1 }, maxLineBytes: 10 };
  const splitter = new TextSplitter(options);
  t.is(splitter.push(Buffer.from("123456789\n123")).count, 1);
  t.throws(() => splitter.push(Buffer.from("45678901")), { code: "item_too_large", message: /line 2/ });
});

test("TextSplitter and textLines() find the same lines however the bytes are cut", (t) => {
  const piece = fc.constantFrom("a", "é", "😀", "\n", "\r", "\r\n", " ", "\u2028");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (pieces, pieceBytes) => {
      const text = pieces.join("");
      const bytes = Buffer.from(text);
      const splitter = new TextSplitter({ file: "/in/a.txt", from: { offset: 0, line: 1 } });
      const found: (readonly [number, number, number])[] = [];
      const take = (list: ReturnType<TextSplitter["push"]>) => {
        for (let i = 0; i < list.count; i += 1) found.push([list.start(i), list.end(i), list.line(i)]);
      };
      for (let at = 0; at < bytes.length; at += pieceBytes)
        take(splitter.push(bytes.subarray(at, at + pieceBytes)));
      take(splitter.end());
      const lines = textLines(bytes);
      assert.deepEqual(
        found.map(([, end]) => end),
        lines.map(({ end }) => end),
      );
      assert.deepEqual(
        found.map(([start]) => start),
        [0, ...lines.map(({ end }) => end)].slice(0, -1),
      );
      assert.deepEqual(
        found.map(([, , line]) => line),
        found.map(([, end], i) => (bytes[end - 1] === 10 ? i + 2 : i + 1)),
      );
      const expected = text
        .split("\n")
        .map((line, i, all) => (i < all.length - 1 ? line.replace(/\r$/, "") : line));
      if (expected.at(-1) === "") expected.pop();
      assert.deepEqual(
        lines.map((line) => JSON.parse(line.text)),
        expected,
      );
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

test("text: planning resumes behind any line", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put(
    "mem://in/a.txt",
    Array.from({ length: 3_500 }, (_, i) => (i % 3 === 0 ? "" : `row ${i}`)).join("\r\n"),
  );
  const sources = await openSources(objects, ["mem://in/a.txt"], { format: "text" });
  const groups = await planAll(objects, sources, { batchSize: 1 });
  t.true(groups.length >= 4);
  for (const [i, { checkpoint }] of groups.entries()) {
    const rest = await planAll(objects, sources, { batchSize: 1, resume: checkpoint });
    t.deepEqual(
      rest.flatMap(({ batches }) => batches),
      groups.slice(i + 1).flatMap(({ batches }) => batches),
    );
  }
});
