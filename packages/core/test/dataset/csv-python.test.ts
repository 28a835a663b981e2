import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import test from "ava";
import fc from "fast-check";
import { csvRecords } from "../../src/dataset/csv-items.ts";
import { isMillraceError } from "../../src/mod.ts";
import { planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

/** Reads a JSON list of texts and gives each text's records as Python's csv reads it, or null where its strict mode refuses it. */
const PYTHON = `
import csv, io, json, sys
def records(text):
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        return None
json.dump([records(text) for text in json.load(sys.stdin)], sys.stdout)
`;

type Records = readonly (readonly string[])[];

function pythonRecords(texts: readonly string[]): readonly (Records | null)[] {
  const answer = execFileSync("python3", ["-c", PYTHON], {
    input: JSON.stringify(texts),
    maxBuffer: 2 ** 28,
    encoding: "utf8",
  });
  return JSON.parse(answer) as readonly (Records | null)[];
}

const piece = fc.constantFrom(
  "a",
  "b",
  " ",
  ",",
  '"',
  '""',
  "\n",
  "\r",
  "\r\n",
  "é",
  "😀",
  "\u2028",
  "\t",
  "x,y",
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join("")),
  fc
    .array(
      fc.tuple(fc.array(piece, { maxLength: 4 }), fc.boolean(), fc.constantFrom(",", "\n", "\r", "\r\n")),
    )
    .map((fields) =>
      fields
        .map(([pieces, isQuoted, end]) => {
          const field = pieces.join("");
          return (isQuoted ? `"${field.replaceAll('"', '""')}"` : field) + end;
        })
        .join(""),
    ),
);

test("csvRecords() finds the same records as Python's csv module, and refuses what its strict mode refuses", (t) => {
  const texts = fc.sample(text, { numRuns: 20_000, seed: 7 });
  const expected = pythonRecords(texts);
  let refused = 0;
  for (const [i, sample] of texts.entries()) {
    const records = csvRecords(Buffer.from(sample))?.map(({ fields }) => fields) ?? null;
    assert.deepEqual(records, expected[i], JSON.stringify(sample));
    if (records === null) refused += 1;
  }
  t.true(refused > 1_000 && refused < 15_000, `${refused} refused`);
});

test("planBatches() and BatchReader return the records of Python's csv module, in pieces of any size", async (t) => {
  const header = "k,v\n";
  const texts = fc.sample(text, { numRuns: 3_000, seed: 11 }).map((sample) => header + sample);
  let read = 0;
  for (const [i, records] of pythonRecords(texts).entries()) {
    const sample = texts[i] as string;
    const isRegular = records?.every((fields) => fields.length === 2) ?? false;
    const objects = new MemoryObjectStore({ pieceBytes: 1 + (i % 9) });
    objects.put("mem://in/a.csv", sample);
    try {
      const { items } = await planAndRead(objects, ["mem://in/a.csv"], 1 + (i % 3));
      const rows = records?.slice(1).map(([k, v]) => JSON.stringify({ k, v }));
      assert.deepEqual(items, rows, JSON.stringify(sample));
      read += 1;
    } catch (error) {
      const isExpected = isMillraceError(error, isRegular ? "no_input" : "malformed_input");
      assert.ok(isExpected && (!isRegular || records?.length === 1), `${JSON.stringify(sample)}: ${error}`);
    }
  }
  t.true(read > 50, `${read} read`);
});
