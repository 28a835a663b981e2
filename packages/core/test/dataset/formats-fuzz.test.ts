import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { brokenBytes, FUZZ_RUNS, FUZZ_TIMEOUT_MS, unclearWords } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { nameColumns } from "../../src/dataset/csv-columns.ts";
import { packingOf } from "../../src/dataset/packing/unpack.ts";
import { isMillraceError, type ReadingRules } from "../../src/mod.ts";
import { checkRanges } from "../support/check-ranges.ts";
import { openSources, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { simpleCsvRecords, simpleJsonItems, simpleTextLines } from "../support/simple-parsers.ts";
import { tarArchive } from "../support/tar-archive.ts";

interface Input {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly batchSize: number;
  /** Bytes that come at once. */
  readonly pieceBytes: number;
  readonly rules?: ReadingRules;
}

function inputs(name: string, bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Input> {
  return fc.record({
    name: fc.constant(name),
    bytes,
    batchSize: fc.integer({ min: 1, max: 5 }),
    pieceBytes: fc.oneof(fc.constant(100_000), fc.integer({ min: 1, max: 30 })),
  });
}

/** The items, of ranges that were checked; undefined when the file is refused, by an error that was checked. */
async function readOrRefuse(input: Input): Promise<readonly string[] | undefined> {
  const objects = new MemoryObjectStore({ pieceBytes: input.pieceBytes });
  const { uri } = objects.put(`mem://in/${input.name}`, input.bytes);
  try {
    const { items, batches } = await planAndRead(objects, [uri], {
      ...input.rules,
      batchSize: input.batchSize,
    });
    const sources = await openSources(objects, [uri], input.rules);
    checkRanges(batches, { sources, count: items.length, batchSize: input.batchSize });
    return items;
  } catch (error) {
    if (isMillraceError(error, "no_input")) return [];
    if (!isMillraceError(error, "malformed_input")) throw error;
    const { file, line } = error.details;
    if (file !== `/in/${input.name}`) throw error;
    const unclear = unclearWords(error.message);
    if (unclear !== undefined)
      throw new Error(`"${unclear}" is not clear in: ${error.message}`, { cause: error });
    const lineEnd = input.name.endsWith(".csv") ? /\r\n|\r|\n/ : "\n";
    const lines = Buffer.from(input.bytes).toString("latin1").split(lineEnd).length;
    // What is no text has no lines: "it is a PDF", "it is data packed with compress (.Z)".
    const isForeign = /^Cannot read "[^"]*": it is /.test(error.message);
    const isText = /\.(?:csv|ndjson|txt)$/.test(input.name) && !isForeign;
    if (isText && !(Number(line) >= 1 && Number(line) <= lines)) throw error;
    return undefined;
  }
}

async function fuzz(
  arbitrary: fc.Arbitrary<Input>,
  check: (input: Input) => Promise<void>,
  numRuns = FUZZ_RUNS,
): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns, includeErrorInReport: true });
}

const buffers = (texts: readonly string[]) => texts.map((text) => Buffer.from(text));

const jsonSeeds = buffers([
  '{"id":1,"text":"a"}\n{"id":2,"text":"é 漢 😀"}\n{"id":3,"text":null}\n',
  '\ufeff{"a":[1,2.50,-0,1e400,12345678901234567890]}\r\n"\\u00e9\\ud800\\"\\\\"\r\n\r\ntrue\r\nfalse',
  '{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}\n[]\n{}\n""\n0\n',
  '[1][2]{"a":3}4 5\t6"7""8"null',
  `${"[".repeat(60)}1${"]".repeat(60)}\n${'{"a":'.repeat(30)}1${"}".repeat(30)}`,
  '\ufeff [{"id":1,"a":[{}]}, {"id":2 }\n,{}\r\n ]\n',
  '[{"a":"],[{"},{"b":1}]',
  '[{"a":1},2]',
  "[]",
  "",
  "\n \r\n\t",
]);

test("NDJSON of any bytes yields the values that a simple parser finds, or malformed_input with file and line", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const bytes = fc.oneof(
    {
      weight: 6,
      arbitrary: brokenBytes(jsonSeeds, { words: ["\n", "[", "}", ",", ":", '"', "\\", "e5", "01", "tru"] }),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  );
  await fuzz(inputs("a.ndjson", bytes), async (input) => {
    if (packingOf(input.bytes)) return;
    const expected = simpleJsonItems(input.bytes);
    assert.deepEqual(
      await readOrRefuse(input),
      expected?.map((value) => value.replace(/[\r\n]/g, " ")),
    );
  });
  t.pass();
});

const csvSeeds = buffers([
  "id,text\n1,a\n2,b\n3,c\n",
  '\ufeffid,text,note\r\n1,"a, ""b""\r\nc",\r\n\r\n2,é 漢 😀,"x"\r\n',
  'a\n""\n"\n"\n1\n\n2',
  "a,b,c,d,e,f\n,,,,,\n1,2,3,4,5,6\n",
  "__proto__,constructor\n1,2\r\n3,4",
  'a;b;"c,d"\r\n1,5;"x;y";\r\n2;"""|";3,\r\n',
  "a\tb\n1\tx, y\n2\tz|\n",
  "",
]);

test("CSV of any bytes yields the records that a simple parser finds, or malformed_input with file and line", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const bytes = fc.oneof(
    {
      weight: 6,
      arbitrary: brokenBytes(csvSeeds, { words: ["\n", ",", '"', '""', "\r", ',"', '"\n', ";", "|"] }),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  );
  await fuzz(inputs("a.csv", bytes), async (input) => {
    if (packingOf(input.bytes)) return;
    assert.deepEqual(await readOrRefuse(input), csvObjects(simpleCsvRecords(input.bytes)));
  });
  t.pass();
});

function csvObjects(records: ReturnType<typeof simpleCsvRecords>): readonly string[] | undefined {
  const [header, ...rows] = records ?? [];
  if (records === undefined || header === undefined) return records && [];
  if (rows.some((row) => row.length !== header.length)) return undefined;
  const columns = nameColumns(header).names;
  return rows.map((row) => {
    const fields = row.map((value, i) => `${JSON.stringify(columns[i])}:${JSON.stringify(value)}`);
    return `{${fields.join(",")}}`;
  });
}

const textSeeds = buffers(["a b\nc\n", "\ufeffé 漢 😀\r\n\r\n\nx", "\n", ""]);

test("text of any bytes yields its lines, or malformed_input with file and line", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const bytes = fc.oneof(
    {
      weight: 6,
      arbitrary: brokenBytes(textSeeds, { words: ["\n", "\r", "\r\n", "\0", "\ufeff", "\u2028"] }),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  );
  const said = inputs("a.txt", bytes).map((input) => ({ ...input, rules: { format: "text" } }));
  await fuzz(said, async (input) => {
    if (packingOf(input.bytes)) return;
    const lines = simpleTextLines(input.bytes);
    assert.deepEqual(
      await readOrRefuse(input),
      lines?.map((line) => JSON.stringify(line)),
    );
  });
  t.pass();
});

test("tar of any bytes yields samples with distinct names, or malformed_input with the file", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const pax = "20 path=d/é.b.JSON\n";
  const seeds = [
    tarArchive([
      { path: "a/1.jpg", content: Buffer.from([0xff, 0xd8, 0, 1]) },
      { path: "a/1.json", content: '{"x": [1, NaN]}' },
      { path: "a/1.cls", content: "3\n" },
      { path: "a", type: "5" },
      { path: "README", content: "x".repeat(600) },
      { path: "a/2.txt", content: "é" },
      { path: "a/3.seg.txt", content: "" },
    ]),
    tarArchive([
      { path: "x", type: "x", content: pax },
      { path: "a.b", content: "1" },
      { path: "L", type: "L", content: `${"d".repeat(120)}.txt\0` },
      { path: "c", content: "2" },
    ]),
    tarArchive([]),
  ];
  await fuzz(inputs("a.tar", brokenBytes(seeds)), async (input) => {
    for (const item of (await readOrRefuse(input)) ?? [])
      assert.ok(item.startsWith('{"__key__":"') || !isTar(input.bytes), item);
  });
  t.pass();
});

/** Broken bytes may be no archive, but something else. */
function isTar(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString("latin1", 257, 262) === "ustar";
}

function parquet(
  rows: number,
  options: { readonly codec: "SNAPPY" | "UNCOMPRESSED"; readonly rowGroupSize: number },
) {
  const n = Array.from({ length: rows }, (_, i) => i);
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "text", data: n.map((i) => `row ${i % 4} é`), type: "STRING" },
        { name: "number", data: n.map((i) => (i % 3 === 0 ? null : i / 4)), type: "DOUBLE", nullable: true },
        { name: "big", data: n.map((i) => BigInt(i) ** 9n), type: "INT64" },
        { name: "time", data: n.map((i) => new Date(i * 1e9)), type: "TIMESTAMP" },
        { name: "json", data: n.map((i) => ({ a: [i] })), type: "JSON" },
      ],
      ...options,
    }),
  );
}

test("Parquet of any bytes yields as many rows as its footer says, or malformed_input with the file", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const seeds = [
    parquet(9, { codec: "UNCOMPRESSED", rowGroupSize: 4 }),
    parquet(40, { codec: "SNAPPY", rowGroupSize: 100 }),
    parquet(0, { codec: "SNAPPY", rowGroupSize: 100 }),
  ];
  await fuzz(inputs("a.parquet", brokenBytes(seeds)), async (input) => {
    for (const item of (await readOrRefuse(input)) ?? []) JSON.parse(item);
  });
  t.pass();
});

test("gzip of any bytes is unpacked, or is malformed_input with the file", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const seeds = ["1\n2\n", jsonSeeds[0] as Buffer, Buffer.alloc(5_000, "1 ")].map((bytes) => gzipSync(bytes));
  const twoMembers = Buffer.concat(seeds.slice(0, 2));
  const check = async (input: Input) => void (await readOrRefuse(input));
  // Each piece of each costs a turn of the thread pool.
  await fuzz(inputs("a.ndjson.gz", brokenBytes([...seeds, twoMembers])), check, FUZZ_RUNS / 10);
  t.pass();
});
