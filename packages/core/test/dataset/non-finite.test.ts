import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "ava";
import fc from "fast-check";
import { withoutNonFinite } from "../../src/dataset/non-finite.ts";
import { planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

test("withoutNonFinite() replaces NaN and infinities, and leaves strings and names unchanged", (t) => {
  const text = '{"NaN": [NaN, -Infinity,Infinity], "a\\\\": "NaN \\" Infinity", "b\\"": -Infinity}';
  t.is(
    withoutNonFinite(text, undefined),
    '{"NaN": [null, null,null], "a\\\\": "NaN \\" Infinity", "b\\"": null}',
  );
  t.is(
    withoutNonFinite(text, "string"),
    '{"NaN": ["NaN", "-Infinity","Infinity"], "a\\\\": "NaN \\" Infinity", "b\\"": "-Infinity"}',
  );
  t.is(withoutNonFinite("NaN", undefined), "null");
  t.is(withoutNonFinite("-Infinity", "string"), '"-Infinity"');
});

/** Reads a JSON list of values in which texts stand for NaN and infinities, and gives each as Python's json writes it. */
const PYTHON = `
import json, sys
WORDS = {"<nan>": float("nan"), "<inf>": float("inf"), "<-inf>": float("-inf")}
def put(value):
    if isinstance(value, list): return [put(entry) for entry in value]
    if isinstance(value, dict): return {name: put(entry) for name, entry in value.items()}
    return WORDS.get(value, value) if isinstance(value, str) else value
values = [put(value) for value in json.load(sys.stdin)]
json.dump([[json.dumps(value, indent=indent) for value in values] for indent in (None, 1)], sys.stdout)
`;

const word = fc.constantFrom("<nan>", "<inf>", "<-inf>", "NaN", '"NaN', "Infinity\\", "-Infinity");
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { weight: 4, arbitrary: word },
    fc.integer(),
    fc.string(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(word, fc.string()), tie("value"), { maxKeys: 4 }),
  ),
}));

function expected(entry: unknown, nan: "string" | undefined): unknown {
  const words: Record<string, unknown> = { "<nan>": "NaN", "<inf>": "Infinity", "<-inf>": "-Infinity" };
  if (typeof entry === "string" && entry in words) return nan ? words[entry] : null;
  if (Array.isArray(entry)) return entry.map((element) => expected(element, nan));
  if (typeof entry !== "object" || entry === null) return entry;
  return Object.fromEntries(Object.entries(entry).map(([name, inner]) => [name, expected(inner, nan)]));
}

test("what Python's json writes is read with NaN and infinities as null, or as texts with nan: string", async (t) => {
  const values = fc.sample(value, { numRuns: 2_000, seed: 5 });
  const input = JSON.stringify(values);
  const written = JSON.parse(execFileSync("python3", ["-c", PYTHON], { input, encoding: "utf8" }));
  const [texts, indented] = written as readonly [readonly string[], readonly string[]];
  t.true(texts.some((text) => text.includes("-Infinity")));
  const layouts: readonly (readonly [name: string, content: string])[] = [
    ["a.ndjson", texts.join("\n")],
    ["b.json", indented.join("\r\n \n")],
    ["c.json", `[${texts.join(",\n")}]`],
  ];
  for (const [name, content] of layouts) {
    for (const nan of [undefined, "string"] as const) {
      const objects = new MemoryObjectStore({ pieceBytes: 100 });
      objects.put(`mem://in/${name}`, content);
      const { items } = await planAndRead(objects, [`mem://in/${name}`], {
        batchSize: 3,
        jsonArrays: "items",
        ...(nan && { nan }),
      });
      assert.deepEqual(
        items.map((item) => JSON.parse(item)),
        values.map((entry) => expected(entry, nan)),
        name,
      );
    }
  }
  t.pass();
});

test("words that Python's json does not write are refused by line", async (t) => {
  for (const text of ["nan", "-NaN", "+Infinity", "inf", "-infinity", "Infinity1", "NaN1", "[NaN.0]"]) {
    const objects = new MemoryObjectStore();
    objects.put("mem://in/a.ndjson", `1\n${text}\n`);
    await t.throwsAsync(planAndRead(objects, ["mem://in/a.ndjson"], 1), {
      code: "malformed_input",
      message: /at line 2.*is not a JSON value|unexpected/,
    });
  }
});
