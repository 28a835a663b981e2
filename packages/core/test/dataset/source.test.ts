import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import test from "ava";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openSource } from "../../src/mod.ts";
import { openSources, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

test("openSource() tells the format by the name and unpacks gzip once", async (t) => {
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
  for (const bytes of [Buffer.from("not gzip"), broken, packed.subarray(0, -100), Buffer.alloc(0)]) {
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
