import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import test from "ava";
import fc from "fast-check";
import { JsonArraySplitter } from "../../src/dataset/json-array-splitter.ts";
import { BatchReader, isMillraceError, type Source, splitBatch } from "../../src/mod.ts";
import { openSources, planAll, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

const uri = "mem://in/a.json";

async function read(content: string | Buffer, reading: Parameters<typeof openSources>[2] = {}) {
  const objects = new MemoryObjectStore({ pieceBytes: 7 });
  objects.put(uri, content);
  const warnings: string[] = [];
  const [source] = await openSources(objects, [uri], { ...reading, warn: (text) => warnings.push(text) });
  const { items } = await planAndRead(objects, [uri], { batchSize: 2, ...reading });
  return { items, warnings, format: source?.format };
}

const MEBI = 1024 * 1024;
/** Longer than what is looked at. */
const manyObjects = Array.from(
  { length: 30_000 },
  (_, i) => `{"n": ${i}, "text": "xxxxxxxxxxxxxxxxxxxxxxxx"}`,
);
const long = manyObjects.join(",\n");

test("the elements of a file that is one array of objects are items, whatever its layout", async (t) => {
  const items = ['{"id": 1, "a": ["]", {"b": "\\""}]}', "{}", '{"id": 3}'];
  for (const text of [
    `[${items.join(", ")}]`,
    `\ufeff \n[\r\n  ${items.join("\r\n,\n")}\n] \n\n`,
    `[${items.join(",")}]`,
  ]) {
    const { items: found, warnings, format } = await read(text);
    t.deepEqual(found, items);
    t.deepEqual([format, warnings], ["json-array", []]);
  }
  t.deepEqual((await read('[{\n"id":\r\n1}]')).items, ['{ "id":  1}']);
});

test("an array of many objects is read in pieces, and its batches are ranges of bytes", async (t) => {
  t.true(long.length > MEBI);
  const objects = new MemoryObjectStore();
  objects.put(uri, `[${long}]`);
  const { items, batches, loaded, reader } = await planAndRead(objects, [uri], 7);
  t.deepEqual(items, manyObjects);
  t.true(batches.every(({ segments }) => segments.length === 1));
  const halves = await reader.read(splitBatch(loaded[100] as never));
  t.deepEqual(
    halves.flatMap((half) => half.items),
    loaded[100]?.items,
  );
});

test("other arrays are one item, with a warning, unless json_arrays says something else", async (t) => {
  for (const text of ["[1, 2]", '[{"a":1}, 2]', "[[]]", '["a"]', "[null]", '[1,{"a":1}]']) {
    const whole = await read(text);
    t.deepEqual(whole.items, [text]);
    t.regex(whole.warnings.join(), /one item; set "json_arrays" to "items"/, text);
    const meant = await read(text, { jsonArrays: "whole" });
    t.deepEqual([meant.items, meant.warnings], [[text], []]);
    const parts = await read(text, { jsonArrays: "items" });
    t.deepEqual(
      parts.items.map((item) => JSON.parse(item)),
      JSON.parse(text),
    );
    t.deepEqual(parts.warnings, []);
  }
  t.deepEqual((await read('[{"a":1}]', { jsonArrays: "whole" })).items, ['[{"a":1}]']);
});

test("an empty array has no items; with json_arrays: whole it is one", async (t) => {
  await t.throwsAsync(read(" [ ] "), { code: "no_input" });
  await t.throwsAsync(read("[]", { jsonArrays: "items" }), { code: "no_input" });
  t.deepEqual((await read("[]", { jsonArrays: "whole" })).items, ["[]"]);
});

test("each line that is an array is one item", async (t) => {
  const lines = ['[{"a":1},{"a":2}]', '[{"a":3}]'];
  for (const reading of [{}, { jsonArrays: "items" }, { jsonArrays: "whole" }] as const) {
    const { items, warnings } = await read(lines.join("\n"), reading);
    t.deepEqual([items, warnings], [lines, []]);
  }
  t.deepEqual((await read('[{"a":1}] 2')).items, ['[{"a":1}]', "2"]);
});

test("the elements of a .jsonl file of one array of objects are items, with a warning", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put("mem://in/a.jsonl", '[{"a":1},{"a":2}]\n');
  const warnings: string[] = [];
  const sources = await openSources(objects, ["mem://in/a.jsonl"], { warn: (text) => warnings.push(text) });
  t.is(sources[0]?.format, "json-array");
  t.regex(warnings.join(), /one array of objects, each of which is an item; with "json_arrays": "whole"/);
});

const faults: readonly (readonly [name: string, text: string | Buffer, line: number, message: RegExp])[] = [
  ["an element that is no object", `[${long},\n2]`, 30_001, /not an object.*"whole".*"items".*found 2\]/],
  [
    "a value after the array",
    `[${long}]\n[{"a":1}]`,
    30_001,
    /a value after the array.*"json_arrays": "whole"/,
  ],
  ["a missing comma", `[${long}\n{}]`, 30_001, /no "," or "\]"/],
  ["a comma at the end", `[${long},\n]`, 30_001, /expected a JSON value|not an object/],
  ["an element that is not JSON", `[${long},\n{"a" 1}]`, 30_001, /expected ":"/],
  ["an array that never ends", `[${long}\n`, 30_001, /ends before its array does/],
  [
    "bytes that are not UTF-8",
    Buffer.from(`[${long},\n{"a":"é"}]`, "latin1"),
    30_001,
    /not UTF-8.*Windows-1252/,
  ],
  ["a short array that never ends", '[{"a":1},\n{"b":2}\n', 1, /the file ends before the JSON value/],
  ["a short array with a mistake", '[{"a":1},\n{"b" 2}]', 1, /goes wrong at line 2/],
];

for (const [name, text, line, message] of faults)
  test(`a JSON array: the error names file and line of ${name}`, async (t) => {
    const error = await t.throwsAsync(read(text), { code: "malformed_input", message });
    t.true(isMillraceError(error));
    t.is((error as unknown as { details: { line: number } }).details.line, line, error?.message);
  });

test("JsonArraySplitter refuses an element that is larger than a string may be", (t) => {
  const splitter = new JsonArraySplitter({
    file: "/in/a.json",
    elements: "any",
    from: { offset: 0, line: 1, isBehindElement: false },
    maxItemBytes: 5,
  });
  t.is(splitter.push(Buffer.from('[1,\n"abc",\n')).count, 2);
  t.throws(() => splitter.push(Buffer.from('"abcd')) && splitter.push(Buffer.from("efgh")), {
    message: /at line 3: the item that begins here is larger than 5 bytes/,
  });
});

test("planBatches() resumes after any element, and any reader returns the same items", async (t) => {
  const value = fc.jsonValue({ maxDepth: 2 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(value, { minLength: 1, maxLength: 9 }),
      fc.constantFrom("", " ", "\n", "\r\n  "),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 20 }),
      async (values, space, batchSize, pieceBytes) => {
        const texts = values.map((element) => JSON.stringify(element));
        const objects = new MemoryObjectStore({ pieceBytes });
        objects.put(uri, `[${space}${texts.join(`${space},${space}`)}${space}]${space}`);
        const reading = { jsonArrays: "items" } as const;
        const { items, batches, loaded } = await planAndRead(objects, [uri], { batchSize, ...reading });
        assert.deepEqual(items, texts);
        const sources = await openSources(objects, [uri], reading);
        const reader = new BatchReader({ objects, source: (id) => sources[id] as Source });
        for (const [i, { first, count, segments }] of batches.entries()) {
          assert.deepEqual(await reader.read([batches[i] as never]), [loaded[i]]);
          const at = {
            source: 0,
            version: sources[0]?.version ?? "",
            offset: segments[0]?.end ?? 0,
            line: 1,
          };
          const resume = { items: first + count, batches: i + 1, sources: 1, at, done: false };
          const rest = await planAll(objects, sources, { batchSize, resume });
          assert.deepEqual(
            rest.flatMap((group) => group.batches),
            batches.slice(i + 1),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});
