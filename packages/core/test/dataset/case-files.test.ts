import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

/** Small files on which a value was once wrong, lost or refused. Those of Parquet are in packages/parquet. */
const FIXTURES = join(import.meta.dirname, "fixtures");

const three = [1, 2, 3];
const records = three.map((i) => `{"id":"${i}","text":"row ${i}, é"}`);

const ITEMS: Readonly<Record<string, readonly string[]>> = {
  "array.json": three.map((i) => `{"id": ${i}, "text": "row ${i}, \\u00e9"}`),
  "cr-only.csv": records,
  "crcrlf.csv": ['{"a":"1","b":"2"}', '{"a":"3","b":"4"}'],
  "custom-id-big.jsonl": ['{"custom_id":9007199254740992}', '{"custom_id":9007199254740993}'],
  "duplicate-names.csv": ['{"a":"1","a_2":"2"}'],
  "nan.jsonl": ['{"x": null}'],
  "pandas-index.csv": three.map((i) => `{"column_1":"${i - 1}","id":"${i}","text":"row ${i}, é"}`),
  "quote-inside.csv": ['{"a":"1","b":"5\\" pipe"}'],
  "semicolons.csv": ['{"id":"1","text":"row 1","price":"2.5"}', '{"id":"2","text":"row 2","price":"3.5"}'],
  "tabs.tsv": ['{"id":"1","text":"row 1"}', '{"id":"2","text":"row 2"}'],
  "utf16.csv": records,
  "utf16.jsonl": three.map((i) => `{"id": ${i}, "text": "row ${i}, é"}`),
};

const WARNINGS: Readonly<Record<string, RegExp>> = {
  "duplicate-names.csv": /column 2 .*"a".*"a_2"/,
  "pandas-index.csv": /column 1 has no name.*"column_1"/,
};

const REFUSED: Readonly<Record<string, RegExp>> = {
  "cp1252.csv": /line 2: bytes that are not UTF-8.*Windows-1252/,
  "short-record.csv": /line 2: .*2 fields, expected 3/,
};

for (const [name, items] of Object.entries(ITEMS)) {
  test(`planAndRead() returns the right items of ${name}`, async (t) => {
    const { read, warnings } = await readFixture(name);
    t.deepEqual((await read).items, items);
    const warning = WARNINGS[name];
    t.is(warnings.length, warning ? 1 : 0);
    if (warning) t.regex(warnings[0] as string, warning);
  });
}

for (const [name, message] of Object.entries(REFUSED)) {
  test(`planAndRead() refuses ${name} and says why`, async (t) => {
    const { read } = await readFixture(name);
    await t.throwsAsync(read, { code: "malformed_input", message });
  });
}

async function readFixture(name: string) {
  const objects = new MemoryObjectStore();
  const uri = `mem://in/${name}`;
  objects.put(uri, await readFile(join(FIXTURES, name)));
  const warnings: string[] = [];
  const read = planAndRead(objects, [uri], { batchSize: 2, warn: (text) => warnings.push(text) });
  return { read, warnings };
}
