import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { TarSplitter } from "../../../src/dataset/tar/tar-splitter.ts";
import { BatchReader, type ReadingRules, type Source, splitBatch } from "../../../src/mod.ts";
import { openSources, planAll, planAndRead } from "../../support/dataset.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";
import { type TarEntry, tarArchive } from "../../support/tar-archive.ts";

interface Reading extends ReadingRules {
  readonly name?: string;
  readonly batchSize?: number;
}

async function read(content: Uint8Array, { name = "a.tar", batchSize = 2, ...rules }: Reading = {}) {
  const objects = new MemoryObjectStore({ pieceBytes: 7 });
  const uri = `mem://in/${name}`;
  objects.put(uri, content);
  return (await planAndRead(objects, [uri], { ...rules, batchSize })).items;
}

const SAMPLES: readonly TarEntry[] = [
  { path: "d/", type: "5" },
  { path: "d/1.jpg", content: Buffer.from([0xff, 0xd8, 0]) },
  { path: "d/1.json", content: ' {"n": 12345678901234567890,\n"x": NaN}\n' },
  { path: "d/1.cls", content: "007\n" },
  { path: "d/2.seg.TXT", content: "é\r\n" },
  { path: "d/2.left.png", content: "" },
  { path: "d/3.txt", content: "" },
];
const ITEMS = [
  '{"__key__":"d/1","jpg":"/9gA","json":{"n": 12345678901234567890, "x": null},"cls":7}',
  '{"__key__":"d/2","seg.txt":"é\\r\\n","left.png":""}',
  '{"__key__":"d/3","txt":""}',
];

test("tar: files with the same path up to the first dot of the name are one item", async (t) => {
  for (const batchSize of [1, 2, 3, 9]) t.deepEqual(await read(tarArchive(SAMPLES), { batchSize }), ITEMS);
});

test("tar: an archive is recognised by its bytes, also if compressed, whatever its name", async (t) => {
  const archive = tarArchive(SAMPLES);
  const files: readonly (readonly [string, Uint8Array])[] = [
    ["a.tar.gz", gzipSync(archive)],
    ["a.tgz", gzipSync(archive)],
    ["a.tar.zst", zstdCompressSync(archive)],
    ["shard-000000", archive],
  ];
  for (const [name, content] of files) t.deepEqual(await read(content, { name }), ITEMS, name);
  const misleading = tarArchive([{ path: "BM.txt", content: "x" }]);
  t.deepEqual(await read(misleading), ['{"__key__":"BM","txt":"x"}']);
  t.deepEqual(await read(tarArchive([{ path: 'PAR1{"a":1}.txt' }]), { nan: "string" }), [
    '{"__key__":"PAR1{\\"a\\":1}","txt":""}',
  ]);
});

test("tar: NaN and infinities in JSON files are read as the user says", async (t) => {
  const archive = tarArchive([{ path: "a.json", content: "[NaN,-Infinity]" }]);
  t.deepEqual(await read(archive, { nan: "string" }), ['{"__key__":"a","json":["NaN","-Infinity"]}']);
});

test("tar: the last part of a name says how its contents are read", async (t) => {
  const contents: readonly (readonly [suffix: string, content: string, value: unknown])[] = [
    ["json", "\ufeff\n[1]\n", [1]],
    ["meta.JSN", "1.50", 1.5],
    ["text", "a\n", "a\n"],
    ["transcript", "\ufeffa", "\ufeffa"],
    ["cls", " +12\n", 12],
    ["index", "-0", 0],
    ["inx", "-012", -12],
    ["id", "3", 3],
    ["json.gz", "[", "Ww=="],
    ["csv", "a", "YQ=="],
    ["", "a", "YQ=="],
  ];
  const entries = contents.map(([suffix, content]) => ({ path: `./x.d/a.${suffix}`, content }));
  const [item = ""] = await read(tarArchive(entries));
  const expected = contents.map(([suffix, , value]) => [suffix.toLowerCase(), value]);
  t.deepEqual(JSON.parse(item), { __key__: "./x.d/a", ...Object.fromEntries(expected) });
});

test("tar: files that do not follow one another are not one item", async (t) => {
  const paths = ["a.txt", "b.txt", "a.cls"];
  const items = await read(tarArchive(paths.map((path) => ({ path, content: "1" }))));
  t.deepEqual(items, ['{"__key__":"a","txt":"1"}', '{"__key__":"b","txt":"1"}', '{"__key__":"a","cls":1}']);
});

test("tar: files without an extension, and hidden ones, are left out with a warning that counts them", async (t) => {
  const paths = ["README", "a.txt", "d/.DS_Store", "._a.txt", "a.cls", "LICENSE", "b.txt", "x"];
  const objects = new MemoryObjectStore();
  objects.put("mem://in/a.tar", tarArchive(paths.map((path) => ({ path, content: "1" }))));
  const warnings: string[] = [];
  const sources = await openSources(objects, ["mem://in/a.tar"]);
  const warn = (_: Source, text: string) => warnings.push(text);
  const batches = (await planAll(objects, sources, { batchSize: 1, warn })).flatMap((group) => group.batches);
  t.deepEqual(warnings, [
    '5 of its files are not part of an item, since their names have no extension or start with a dot, such as "README"',
  ]);
  const reader = new BatchReader({ objects, source: (id) => sources[id] as Source });
  t.deepEqual(
    (await reader.read(batches)).map(({ items }) => items),
    [['{"__key__":"a","txt":"1","cls":1}'], ['{"__key__":"b","txt":"1"}']],
  );
});

test("tar: archives that were appended to each other are read to the end", async (t) => {
  const two = Buffer.concat([
    tarArchive(SAMPLES),
    tarArchive([{ path: "e.txt", content: "x" }], { zeroBlocks: 1 }),
  ]);
  t.deepEqual(await read(two), [...ITEMS, '{"__key__":"e","txt":"x"}']);
});

test("tar: a PAX header's size is the size of its member", async (t) => {
  const entries = [
    { path: "x", type: "x", content: "10 size=1\n" },
    { path: "a.cls", content: "1zz" },
    { path: "b.cls", content: "2" },
  ];
  t.deepEqual(await read(tarArchive(entries)), ['{"__key__":"a","cls":1}', '{"__key__":"b","cls":2}']);
});

test("TarSplitter refuses a sample that does not fit into one string, with its member", (t) => {
  const splitter = new TarSplitter({ file: "/in/a.tar", offset: 0, maxSampleCharacters: 100 });
  const archive = tarArchive([
    { path: "a.bin", content: Buffer.alloc(30) },
    { path: "a.txt", content: "x".repeat(9) },
  ]);
  t.throws(() => splitter.push(archive), { code: "item_too_large", message: /at member "a\.txt"/ });
});

test("tar: batches can be halved, and planning resumes behind any sample", async (t) => {
  const name = fc.constantFrom("a", "b", "c/d", "é");
  const entry = fc.record({
    path: fc.tuple(name, fc.nat(99)).map(([stem, i]) => `${stem}.${i}.bin`),
    content: fc.string(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(entry, { selector: ({ path }) => path, minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (entries, batchSize) => {
        const objects = new MemoryObjectStore({ pieceBytes: 100 });
        objects.put("mem://in/a.tar", tarArchive(entries));
        const { items, loaded, batches, reader } = await planAndRead(objects, ["mem://in/a.tar"], batchSize);
        assert.deepEqual(
          items.map((item) => JSON.parse(item)),
          simpleSamples(entries),
        );
        for (const batch of loaded.filter(({ batch: { count } }) => count > 1)) {
          const halves = await reader.read(splitBatch(batch));
          assert.deepEqual(
            halves.flatMap((half) => half.items),
            batch.items,
          );
        }
        const sources = await openSources(objects, ["mem://in/a.tar"]);
        for (const [i, { first, count, segments }] of batches.entries()) {
          const at = {
            source: 0,
            version: sources[0]?.version ?? "",
            offset: segments.at(-1)?.end ?? 0,
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
    { numRuns: 200 },
  );
  t.pass();
});

function simpleSamples(entries: readonly { readonly path: string; readonly content: string }[]) {
  const samples: Record<string, string>[] = [];
  for (const { path, content } of entries) {
    const [, key = "", suffix = ""] = /^([^.]*)\.(.*)$/.exec(path) ?? [];
    if (samples.at(-1)?.__key__ !== key) samples.push({ __key__: key });
    (samples.at(-1) as Record<string, string>)[suffix] = Buffer.from(content).toString("base64");
  }
  return samples;
}
