import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { BatchReader, type LoadedBatch, type Source, splitBatch } from "../../src/mod.ts";
import { checkRanges } from "../support/check-ranges.ts";
import { openSources, planAll, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { tarArchive } from "../support/tar-archive.ts";

const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom("", '"', "a,b", "c\r\nd", "é漢😀", "\u2028", "[{"),
);

interface InputFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly items: readonly string[];
}

/** The same rows in a format of its own, in one object or column `v`. */
const file: fc.Arbitrary<InputFile> = fc
  .record({
    rows: fc.array(text, { maxLength: 9 }),
    format: fc.constantFrom("ndjson", "csv", "tsv", "txt", "tar", "parquet"),
    newline: fc.constantFrom("\n", "\r\n"),
    mark: fc.constantFrom("", "\ufeff"),
    isEnded: fc.boolean(),
    isZipped: fc.boolean(),
    rowGroupSize: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ rows, format, newline, mark, isEnded, isZipped, rowGroupSize }) => {
    const objects = rows.map((v) => JSON.stringify({ v }));
    const quoted = rows.map((v) => `"${v.replaceAll('"', '""')}"`);
    const plain = rows.map((v) => `text ${v.replaceAll(/[\r\n]/g, " ")}`);
    const ofText = (lines: readonly string[]) =>
      Buffer.from(mark + lines.join(newline) + (isEnded && lines.length > 0 ? newline : ""));
    const samples = objects.map((content, i) => ({ path: `${i}.json`, content }));
    const columnData = [{ name: "v", data: rows, type: "STRING" as const }];
    const [bytes, items = objects] = {
      ndjson: () => [ofText(objects)] as const,
      csv: () => [ofText(["v", ...quoted])] as const,
      tsv: () => [ofText(["v", ...quoted])] as const,
      txt: () => [ofText(plain), plain.map((line) => JSON.stringify(line))] as const,
      tar: () => [tarArchive(samples), objects.map((v, i) => `{"__key__":"${i}","json":${v}}`)] as const,
      parquet: () => [new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize }))] as const,
    }[format]();
    return { name: `f.${format}${isZipped ? ".gz" : ""}`, bytes: isZipped ? gzipSync(bytes) : bytes, items };
  });

const datasets = fc.record({
  files: fc.array(file, { minLength: 1, maxLength: 4 }),
  batchSize: fc.integer({ min: 1, max: 6 }),
  pieceBytes: fc.oneof(fc.constant(100_000), fc.integer({ min: 1, max: 40 })),
});
type Dataset = typeof datasets extends fc.Arbitrary<infer Value> ? Value : never;

function store({ files, pieceBytes }: Dataset) {
  const objects = new MemoryObjectStore({ pieceBytes });
  const uris = files.map(({ name, bytes }, i) => objects.put(`mem://in/${i}/${name}`, bytes).uri);
  return { objects, uris };
}

const countOf = ({ files }: Dataset) => files.reduce((sum, { items }) => sum + items.length, 0);

test("planBatches() and BatchReader return every item once for files of any formats, gzipped or not", async (t) => {
  await fc.assert(
    fc.asyncProperty(datasets, async (dataset) => {
      fc.pre(countOf(dataset) > 0);
      const { objects, uris } = store(dataset);
      const { batches, items, loaded } = await planAndRead(objects, uris, dataset.batchSize);
      assert.deepEqual(
        items,
        dataset.files.flatMap((file) => file.items),
      );
      const sources = await openSources(objects, uris);
      checkRanges(batches, { sources, count: items.length, batchSize: dataset.batchSize });
      const again = new BatchReader({ objects, source: (id) => sources[id] as Source });
      assert.deepEqual((await again.read(batches.toReversed())).toReversed(), loaded);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test("planBatches() makes the same batches when it resumes after any of them, whatever the formats", async (t) => {
  await fc.assert(
    fc.asyncProperty(datasets, async (dataset) => {
      fc.pre(countOf(dataset) > 0);
      const { objects, uris } = store(dataset);
      const sources = await openSources(objects, uris);
      const batches = (await planAll(objects, sources, dataset)).flatMap((group) => group.batches);
      for (const [i, { first, count, segments }] of batches.entries()) {
        const { source, end } = segments.at(-1) ?? { source: 0, end: 0 };
        const version = sources[source]?.version ?? "";
        const at = { source, version, offset: end, line: 1 };
        const resume = { items: first + count, batches: i + 1, sources: source + 1, at, done: false };
        const rest = await planAll(objects, sources, { ...dataset, resume });
        assert.deepEqual(
          rest.flatMap((group) => group.batches),
          batches.slice(i + 1),
        );
      }
    }),
    { numRuns: 200 },
  );
  t.pass();
});

test("splitBatch() isolates exactly the bad items when every failing batch is halved", async (t) => {
  await fc.assert(
    fc.asyncProperty(datasets, fc.func(fc.boolean()), async (dataset, isPoison) => {
      fc.pre(countOf(dataset) > 0);
      const { objects, uris } = store(dataset);
      const { items, loaded, reader } = await planAndRead(objects, uris, dataset.batchSize);
      const poison = new Set(items.keys().filter((index) => isPoison(index)));
      const isBad = ({ batch: { first, count } }: LoadedBatch) =>
        Array.from({ length: count }, (_, i) => first + i).some((index) => poison.has(index));
      const settled: LoadedBatch[] = [];
      const open = [...loaded];
      for (let batch = open.shift(); batch; batch = open.shift()) {
        if (isBad(batch) && batch.batch.count > 1) open.unshift(...(await reader.read(splitBatch(batch))));
        else settled.push(batch);
      }
      assert.deepEqual(
        settled.flatMap((batch) => batch.items),
        items,
      );
      assert.deepEqual(
        settled.filter(isBad).map(({ batch }) => [batch.first, batch.count]),
        [...poison].map((index) => [index, 1]),
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
});
