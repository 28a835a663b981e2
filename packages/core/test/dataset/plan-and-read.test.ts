import { Buffer } from "node:buffer";
import test from "ava";
import fc from "fast-check";
import { BatchReader, type Source, splitBatch } from "../../src/mod.ts";
import { openSources, planAll, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const separator = fc.oneof(
  { weight: 6, arbitrary: fc.constant("\n") },
  fc.constant("\r\n"),
  fc.stringMatching(/^[ \t\r\n]{1,4}$/),
);

/** A value as text: compact, pretty-printed, or with odd numbers that must stay as they are. */
const valueText = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value, null, 2)),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value, null, "\t").replaceAll("\n", "\r\n")),
  fc.constantFrom(
    "1.0",
    "-0",
    "1e400",
    "12345678901234567890",
    '"\\u00e9 é 漢 😀"',
    '"\\\\\\""',
    "[[1]\n,2]",
    "[\n1\n]",
  ),
);

/** Files of values: their text, and the values in it. Values that need no separator sometimes have none. */
const file = fc.array(fc.tuple(valueText, separator, fc.boolean()), { maxLength: 12 }).chain((entries) =>
  fc.tuple(space, space).map(([before, after]) => {
    let text = before;
    for (const [value, gap, glued] of entries) text += value + (glued && /["\]}]$/.test(value) ? "" : gap);
    // The last value may be followed by nothing.
    return {
      text: entries.length > 0 ? text.replace(/[ \t\r\n]+$/, "") + after : text,
      values: entries.map(([v]) => v),
    };
  }),
);

/** Every value is an item, also an array that is a file's only one. */
const VALUES = { jsonArrays: "whole" } as const;

const oneLine = (text: string) => text.replace(/[\r\n]/g, " ");

const datasets = fc.record({
  files: fc.array(file, { minLength: 1, maxLength: 4 }),
  batchSize: fc.integer({ min: 1, max: 7 }),
  pieceBytes: fc.integer({ min: 1, max: 40 }),
  mark: fc.boolean(),
});

function store({
  files,
  pieceBytes,
  mark,
}: {
  files: readonly { text: string }[];
  pieceBytes: number;
  mark: boolean;
}) {
  const objects = new MemoryObjectStore({ pieceBytes });
  const uris = files.map(
    ({ text }, i) => objects.put(`mem://in/${i}.json`, (mark ? "\ufeff" : "") + text).uri,
  );
  return { objects, uris };
}

test("planBatches() and BatchReader return exactly the same values, in order, for any mix of them", async (t) => {
  await fc.assert(
    fc.asyncProperty(datasets, async (dataset) => {
      const values = dataset.files.flatMap(({ values }) => values);
      fc.pre(values.length > 0);
      const { objects, uris } = store(dataset);
      const { batches, items, loaded, reader } = await planAndRead(objects, uris, {
        batchSize: dataset.batchSize,
        ...VALUES,
      });
      t.deepEqual(items, values.map(oneLine));
      t.true(batches.every(({ count }, i) => count === dataset.batchSize || i === batches.length - 1));
      t.deepEqual(
        batches.map(({ first }) => first),
        batches.map((_, i) => i * dataset.batchSize),
      );
      for (const batch of loaded) {
        if (batch.batch.count < 2) continue;
        const halves = splitBatch(batch);
        const read = await reader.read(halves);
        t.deepEqual(
          read.flatMap((half) => half.items),
          batch.items,
        );
        t.deepEqual(
          read.map((half) => half.items.length),
          halves.map(({ count }) => count),
        );
      }
    }),
    { numRuns: 1_000 },
  );
});

test("planBatches() makes the same batches when it resumes from any checkpoint", async (t) => {
  await fc.assert(
    fc.asyncProperty(datasets, async (dataset) => {
      fc.pre(dataset.files.some(({ values }) => values.length > 0));
      const { objects, uris } = store(dataset);
      const sources = await openSources(objects, uris, VALUES);
      const whole = await planAll(objects, sources, dataset);
      const batches = whole.flatMap((group) => group.batches);
      // Stopping after any batch is stopping at the checkpoint that a plan of the batches before it ends with.
      for (let taken = 1; taken <= batches.length; taken += 1) {
        const last = batches[taken - 1];
        const segment = last?.segments.at(-1);
        const source = sources[segment?.source ?? 0] as Source;
        const resume = {
          items: (last?.first ?? 0) + (last?.count ?? 0),
          batches: taken,
          sources: source.id + 1,
          at: { source: source.id, version: source.version, offset: segment?.end ?? 0, line: 1 },
          done: false,
        };
        const rest = await planAll(objects, sources.slice(source.id), { ...dataset, resume });
        t.deepEqual(
          rest.flatMap((group) => group.batches),
          batches.slice(taken),
        );
        t.deepEqual(
          rest.flatMap((group) => group.sources),
          sources.slice(source.id + 1),
        );
        t.is(rest.at(-1)?.checkpoint.items, whole.at(-1)?.checkpoint.items);
      }
    }),
    { numRuns: 300 },
  );
});

test("planBatches() resumes exactly from each of its own checkpoints, also through JSON", async (t) => {
  const objects = new MemoryObjectStore();
  const lines = Array.from({ length: 9_000 }, (_, i) =>
    i % 1_000 === 7 ? `{"n":\n${i}} ${i}` : `{"n":${i}}`,
  );
  objects.put("mem://in/a.ndjson", `${lines.slice(0, 5_000).join("\n")}\n`);
  objects.put(
    "mem://in/b.csv",
    `n\n${lines
      .slice(0, 500)
      .map((_, i) => `"${i}\n"`)
      .join("\r\n")}`,
  );
  objects.put("mem://in/c.ndjson", lines.slice(5_000).join("\r\n"));
  const sources = await openSources(objects, ["mem://in/a.ndjson", "mem://in/b.csv", "mem://in/c.ndjson"]);
  const groups = await planAll(objects, sources, { batchSize: 2 });
  t.true(groups.length >= 5);
  t.true(groups.every(({ batches }) => batches.length <= 1_000));
  for (const [i, { checkpoint }] of groups.entries()) {
    const resume = JSON.parse(JSON.stringify(checkpoint));
    const rest = await planAll(objects, sources, { batchSize: 2, resume });
    t.deepEqual(
      rest.flatMap(({ batches }) => batches),
      groups.slice(i + 1).flatMap(({ batches }) => batches),
    );
    t.deepEqual(rest.at(-1)?.checkpoint, groups.at(-1)?.checkpoint);
  }
});

test("BatchReader.read() returns the same items for batches read one by one, backwards and together", async (t) => {
  await fc.assert(
    fc.asyncProperty(datasets, async (dataset) => {
      fc.pre(dataset.files.some(({ values }) => values.length > 0));
      const { objects, uris } = store(dataset);
      const { batches, loaded } = await planAndRead(objects, uris, {
        batchSize: dataset.batchSize,
        ...VALUES,
      });
      const sources = await openSources(objects, uris, VALUES);
      const reader = new BatchReader({ objects, source: async (id) => sources[id] as Source });
      const backwards = await reader.read(batches.toReversed());
      t.deepEqual(backwards.toReversed(), loaded);
      for (const [i, batch] of batches.entries())
        t.deepEqual(await reader.read([batch]), [loaded[i] as never]);
    }),
    { numRuns: 200 },
  );
});

test("BatchReader.read() makes one read of hundreds of neighbouring batches", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put("mem://in/a.ndjson", Array.from({ length: 500 }, (_, i) => `{"n":${i}}\n`).join(""));
  const { batches, reader } = await planAndRead(objects, ["mem://in/a.ndjson"], 1);
  objects.reads = 0;
  const loaded = await reader.read(batches);
  t.is(objects.reads, 1);
  t.deepEqual(
    loaded.map(({ items }) => items),
    Array.from({ length: 500 }, (_, i) => [`{"n":${i}}`]),
  );
});

test("BatchReader.read() fails with input_changed when a file has changed", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put("mem://in/a.ndjson", "1\n2\n");
  const { batches, reader } = await planAndRead(objects, ["mem://in/a.ndjson"], 1);
  objects.put("mem://in/a.ndjson", "3\n4\n");
  await t.throwsAsync(reader.read(batches), { code: "input_changed" });
});

test("BatchReader.read() fails with malformed_input when the ranges do not contain exactly the items", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put("mem://in/a.ndjson", "1\n2\n3\n");
  const { reader } = await planAndRead(objects, ["mem://in/a.ndjson"], 3);
  for (const [count, end] of [
    [2, 6],
    [4, 6],
    [1, 0],
    [3, 4],
  ] as const) {
    const batch = { first: 0, count, segments: [{ source: 0, start: 0, end }] };
    const error = await t.throwsAsync(reader.read([batch]), { code: "malformed_input" });
    t.regex(error?.message ?? "", /\/in\/a\.ndjson/);
  }
});

test("planBatches() and BatchReader handle a line of 40 MB between small ones", async (t) => {
  const objects = new MemoryObjectStore();
  const big = JSON.stringify({ text: "é".repeat(20_000_000) });
  objects.put("mem://in/a.ndjson", Buffer.from(`1\n${big}\n{"n":2} 3\n`));
  const { items, batches } = await planAndRead(objects, ["mem://in/a.ndjson"], 1);
  t.is(items.length, 4);
  t.true(items[1] === big);
  t.deepEqual([items[0], items[2], items[3]], ["1", '{"n":2}', "3"]);
  t.true(JSON.stringify(batches).length < 1_000);
});
