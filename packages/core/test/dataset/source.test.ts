import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import test from "ava";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openSource, type ReadingRules } from "../../src/mod.ts";
import { openSources, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

test("openSource() detects the format by the name and unpacks gzip once", async (t) => {
  const objects = new MemoryObjectStore();
  const table = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "n", data: [7], type: "INT32" }] }));
  objects.put("mem://in/a.csv", "n\n1\n");
  objects.put("mem://in/b.CSV.gz", gzipSync("n\n2\n"));
  objects.put("mem://in/c.txt", '{"n":3}');
  objects.put("mem://in/d.jsonl.gz", Buffer.concat([gzipSync('{"n":4}\n'), gzipSync('{"n":5}\n')]));
  objects.put("mem://in/e.parquet.gz", gzipSync(table));
  const uris = ["a.csv", "b.CSV.gz", "c.txt", "d.jsonl.gz", "e.parquet.gz"].map((name) => `mem://in/${name}`);
  const { items, batches } = await planAndRead(objects, uris, 10);
  t.deepEqual(items, ['{"n":"1"}', '{"n":"2"}', '{"n":3}', '{"n":4}', '{"n":5}', '{"n":7}']);
  t.is(batches.length, 1);

  const sources = await openSources(objects, uris);
  t.deepEqual(
    sources.map(({ format }) => format),
    ["csv", "csv", "ndjson", "ndjson", "parquet"],
  );
  t.deepEqual(
    sources.map(({ origin }) => origin),
    uris,
  );
  t.is(sources[1]?.uri, "mem://spool/1");
  // Opened a second time, the unpacked copy is the same: a restart of the enqueuer must not change it.
  t.deepEqual(await openSources(objects, uris), sources);
});

test("openSource() refuses corrupt and cut off gzip data, naming the file", async (t) => {
  const packed = gzipSync(Buffer.from(Array.from({ length: 5_000 }, (_, i) => `${i * 7919}\n`).join("")));
  const broken = Buffer.from(packed);
  broken.fill(0xff, 100, 200);
  const headless = Buffer.from(packed);
  headless.fill(0xff, 0, 2);
  for (const bytes of [headless, broken, packed.subarray(0, -100), Buffer.alloc(0)]) {
    const objects = new MemoryObjectStore();
    const stat = objects.put("mem://in/a.ndjson.gz", bytes);
    await t.throwsAsync(openSource(objects, stat, { id: 0, spoolUri: "mem://spool/0" }), {
      code: "malformed_input",
      message: /"\/in\/a\.ndjson\.gz".*gzip/,
    });
    await t.throwsAsync(objects.stat("mem://spool/0"), { code: "object_not_found" });
  }
});

test("openSource() fails with input_changed when the object is not what was listed", async (t) => {
  for (const name of ["a.ndjson.gz", "a.csv", "a.parquet"]) {
    const objects = new MemoryObjectStore();
    const stat = objects.put(`mem://in/${name}`, gzipSync("a\n1\n"));
    objects.put(`mem://in/${name}`, gzipSync("a\n2\n"));
    await t.throwsAsync(openSource(objects, stat, { id: 0, spoolUri: "mem://spool/0" }), {
      code: "input_changed",
    });
  }
});

/** Opens one object and plans and reads it; gives the warnings, too. */
async function readAs(name: string, content: string | Uint8Array, rules: ReadingRules = {}) {
  const objects = new MemoryObjectStore({ pieceBytes: 5 });
  const stat = objects.put(`mem://in/${name}`, content);
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const { format } = await openSource(objects, stat, { id: 0, spoolUri: "mem://spool/0", rules, warn });
  const { items } = await planAndRead(objects, [stat.uri], { ...rules, batchSize: 2 });
  return { format, warnings, items };
}

const table = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "n", data: [7], type: "INT32" }] }));
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");

test("openSource() reads packed files whatever their names say, and UTF-16 with a mark", async (t) => {
  const json = ['{"n":1}', '{"n":2}'];
  const csv = ['{"n":"é"}', '{"n":"2"}'];
  const cases: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
    ["a.json", gzipSync('{"n":1}\n{"n":2}'), json],
    ["data", gzipSync('{"n":1}\n{"n":2}'), json],
    ["a.csv.zst", zstdCompressSync("n\né\n2\n"), csv],
    ["a.csv", zstdCompressSync("n\né\n2\n"), csv],
    ["a.csv.gz", zstdCompressSync("n\né\n2\n"), csv],
    ["a.TSV.gz", gzipSync("n\tm, o\né\tx\n"), ['{"n":"é","m, o":"x"}']],
    ["a.csv", utf16('n\r\n"é"\r\n2\r\n'), csv],
    ["a.csv", utf16("n\né\n2").swap16(), csv],
    ["a.csv.gz", gzipSync(utf16("n\né\n2\n")), csv],
    ["a.jsonl", utf16('{"n":1}\r\n{"n":2}\r\n'), json],
    ["a.parquet.zst", zstdCompressSync(table), ['{"n":7}']],
  ];
  for (const [name, content, items] of cases) t.deepEqual((await readAs(name, content)).items, items, name);
});

test("openSource() trusts the bytes over the name, and warns", async (t) => {
  const cases: readonly (readonly [string, string | Uint8Array, string, RegExp | undefined])[] = [
    ["a.csv", table, '{"n":7}', /its name says CSV, but it contains Parquet/],
    ["part-0", table, '{"n":7}', undefined],
    ["a.csv", '{"n": 1}\n', '{"n": 1}', /its name says CSV, but it contains JSON/],
    ["a.parquet", '\ufeff{"n": 1}\n', '{"n": 1}', /its name says Parquet, but it contains JSON/],
    ["a.tsv", '{"n": 1}\n', '{"n": 1}', /its name says CSV, but it contains JSON/],
    ["a.ndjson.gz", '{"n": 1}\n', '{"n": 1}', /its name says gzip, but it is text/],
    ["a.csv.gz", "n\n1\n", '{"n":"1"}', /its name says gzip, but it is text/],
    ["a.csv.gz", zstdCompressSync("n\n1\n"), '{"n":"1"}', /its name says gzip, but it is zstd/],
    ["a.csv", gzipSync("n\n1\n"), '{"n":"1"}', /it is gzip data, though its name does not end in \.gz/],
    ["a", gzipSync("1\n"), "1", undefined],
    ["PAR1.csv", "PAR1,n\na,1\n", '{"PAR1":"a","n":"1"}', undefined],
    ["a.csv", "{a},[b]\n1,2\n", '{"{a}":"1","[b]":"2"}', undefined],
  ];
  for (const [name, content, item, warning] of cases) {
    const { items, warnings } = await readAs(name, content);
    t.deepEqual(items, [item], name);
    t.is(warnings.length, warning ? 1 : 0, `${name}: ${warnings}`);
    if (warning) t.regex(warnings[0] ?? "", warning);
  }
});

test("openSource() refuses files that no format reads, and says what they are and what to do", async (t) => {
  const cases: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ["a.csv", "<!DOCTYPE html>\n<html><body>Sign in", /it is an HTML page.*sign-in/],
    ["a.parquet", "PK\x03\x04\x14\0\0\0\x08\0", /it is a zip archive.*unpack it/],
    ["a.json.gz", gzipSync(gzipSync("1\n")), /it is gzip data inside compressed data/],
    ["a.csv", Buffer.from("id,text\n", "utf16le"), /line 1: it looks like UTF-16 \(little-endian\) without/],
    ["a.jsonl", Buffer.from('{"a":1}\n', "utf16le").swap16(), /UTF-16 \(big-endian\) without/],
    ["a.csv", Buffer.from("a\nx\n1,é\n", "latin1"), /line 3: bytes that are not UTF-8.*Windows-1252/],
    ["a.jsonl", Buffer.from('{"a":1}\n{"a":"é"}\n', "latin1"), /line 2.*not UTF-8.*Windows-1252/],
    [
      "a.log",
      "id,text\n1,x\n",
      /line 1.*not a JSON value; .*unless its name or its first bytes show another format, or "format" says one/,
    ],
    ["a.parquet", "id,text\n1,x\n", /a\.parquet/],
  ];
  for (const [name, content, message] of cases)
    await t.throwsAsync(readAs(name, content), { code: "malformed_input", message }, name);
});

test("openSource() reads every file in the format that the user says", async (t) => {
  const cases: readonly (readonly [string, string | Uint8Array, ReadingRules, readonly string[]])[] = [
    ["a.log", "n\n1\n", { format: "csv" }, ['{"n":"1"}']],
    ["a.json", '{"a": 1}\n"x"\n', { format: "csv" }, ['{"{\\"a\\": 1}":"x"}']],
    ["a.csv", "1\n2\n", { format: "ndjson" }, ["1", "2"]],
    ["a.json", '[{"a":1},{"a":2}]', { format: "ndjson" }, ['[{"a":1},{"a":2}]']],
    ["a.json", '[{"a":1},{"a":2}]', { format: "ndjson", jsonArrays: "items" }, ['{"a":1}', '{"a":2}']],
    ["a", "[1, 2]", { format: "json-array" }, ["1", "2"]],
    ["a.csv.gz", gzipSync(table), { format: "parquet" }, ['{"n":7}']],
    ["a.csv", "<html>\n<p>\n", { format: "csv" }, ['{"<html>":"<p>"}']],
    ["a.log", "n;m\n1;2\n", { csv: { delimiter: ";" } }, ['{"n":"1","m":"2"}']],
    ["a", '{"n": 1}\n', { csv: { delimiter: ";" } }, ['{"n": 1}']],
  ];
  for (const [name, content, rules, items] of cases) {
    const read = await readAs(name, content, rules);
    t.deepEqual(read.items, items, `${name} ${JSON.stringify(rules)}`);
    t.deepEqual(read.warnings, []);
  }
});

test("openSource() refuses what is clearly not in the format that the user says", async (t) => {
  const cases: readonly (readonly [string, string | Uint8Array, string, RegExp])[] = [
    ["a.csv", table, "csv", /it is Parquet, expected CSV, as "format" says; leave out "format" or the file/],
    ["a.csv", "PK\x03\x04\x14\0\0\0\x08\0", "csv", /it is a zip archive, expected CSV/],
    ["a.csv", Buffer.from("id,text\n", "utf16le"), "csv", /UTF-16 \(little-endian\) without/],
    ["a.csv", "n\n1\n", "parquet", /a\.csv/],
    ["a.json", '{"a":1}', "json-array", /line 1.*begin with "\["/],
  ];
  for (const [name, content, format, message] of cases)
    await t.throwsAsync(readAs(name, content, { format }), { code: "malformed_input", message }, name);
});
