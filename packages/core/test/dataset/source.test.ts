import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import test from "ava";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openSource } from "../../src/mod.ts";
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
async function readAs(name: string, content: string | Uint8Array) {
  const objects = new MemoryObjectStore({ pieceBytes: 5 });
  const stat = objects.put(`mem://in/${name}`, content);
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const { format } = await openSource(objects, stat, { id: 0, spoolUri: "mem://spool/0", warn });
  return { format, warnings, items: (await planAndRead(objects, [stat.uri], 2)).items };
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
    ["a.tsv", '{"n": 1}\n', '{"n": 1}', undefined],
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
    ["a.tsv", "id\ttext\n1\tx\n", /separated by tabs, expected commas.*\.csv/],
    ["a.TSV.gz", gzipSync("id\ttext\n"), /separated by tabs/],
    ["a.csv", Buffer.from("id,text\n", "utf16le"), /line 1: it looks like UTF-16 \(little-endian\) without/],
    ["a.jsonl", Buffer.from('{"a":1}\n', "utf16le").swap16(), /UTF-16 \(big-endian\) without/],
    ["a.csv", Buffer.from("a\nx\n1,é\n", "latin1"), /line 3: bytes that are not UTF-8.*Windows-1252/],
    ["a.jsonl", Buffer.from('{"a":1}\n{"a":"é"}\n', "latin1"), /line 2.*not UTF-8.*Windows-1252/],
    ["a.txt", "id,text\n1,x\n", /line 1.*not a JSON value; .*unless its name ends in \.csv/],
    ["a.parquet", "id,text\n1,x\n", /a\.parquet/],
  ];
  for (const [name, content, message] of cases)
    await t.throwsAsync(readAs(name, content), { code: "malformed_input", message }, name);
});
