import test from "ava";
import { planBatches, type Source } from "../../src/mod.ts";
import { openSources, planAll } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

function ndjson(...files: readonly string[]) {
  const objects = new MemoryObjectStore();
  const uris = files.map((text, i) => objects.put(`mem://in/${i}.ndjson`, text).uri);
  return { objects, open: () => openSources(objects, uris) };
}

test("planBatches() makes batches over files, with one segment for neighbouring bytes", async (t) => {
  const { objects, open } = ndjson("1\n2\n\n3\n", "", " 4 \r\n5 6");
  const sources = await open();
  const groups = await planAll(objects, sources, { batchSize: 4 });
  t.deepEqual(
    groups.flatMap(({ batches }) => batches),
    [
      {
        first: 0,
        count: 4,
        segments: [
          { source: 0, start: 0, end: 6 },
          { source: 2, start: 1, end: 2 },
        ],
      },
      { first: 4, count: 2, segments: [{ source: 2, start: 5, end: 8 }] },
    ],
  );
  t.deepEqual(
    groups.flatMap((group) => group.sources),
    sources,
  );
  t.deepEqual(groups.at(-1)?.checkpoint, {
    items: 6,
    batches: 2,
    sources: 3,
    at: { source: 2, version: sources[2]?.version ?? "", offset: 8, line: 2 },
    done: true,
  });
});

test("planBatches() refuses sources without items, unless they are allowed", async (t) => {
  for (const files of [[], ["", "\n \n"]]) {
    const { objects, open } = ndjson(...files);
    const sources = await open();
    await t.throwsAsync(planAll(objects, sources, { batchSize: 1 }), {
      code: "no_input",
      message: /contain no items.*"allow_empty": true/,
    });
    const groups = await planAll(objects, sources, { batchSize: 1, allowEmpty: true });
    t.deepEqual(
      groups.map(({ batches, checkpoint }) => [batches, checkpoint]),
      [[[], { items: 0, batches: 0, sources: files.length, done: true }]],
    );
  }
});

test("planBatches() returns the totals again when it resumes from the end", async (t) => {
  const { objects, open } = ndjson("1\n2\n");
  const sources = await open();
  const group = (await planAll(objects, sources, { batchSize: 1 })).at(-1);
  const again = await planAll(objects, [], { batchSize: 1, resume: group?.checkpoint });
  t.deepEqual(again, [{ batches: [], sources: [], checkpoint: group?.checkpoint as never }]);
});

test("planBatches() fails with no_input when no file holds an item", async (t) => {
  const { objects, open } = ndjson("", "\n \n", "\ufeff\n");
  await t.throwsAsync(planAll(objects, await open(), { batchSize: 1 }), {
    code: "no_input",
    message: /3 files/,
  });
});

test("planBatches() fails with input_changed when it cannot resume where it was", async (t) => {
  const { objects, open } = ndjson(Array.from({ length: 2_000 }, (_, i) => `${i}\n`).join(""), "1\n");
  const sources = await open();
  const [first] = await planAll(objects, sources, { batchSize: 1 });
  const resume = first?.checkpoint;
  const changed = [{ ...(sources[0] as Source), version: "other" }, ...sources.slice(1)];
  for (const others of [changed, sources.slice(1), []]) {
    await t.throwsAsync(planAll(objects, others, { batchSize: 1, resume }), { code: "input_changed" });
  }
});

test("planBatches() yields the first batches before it has read a large file", async (t) => {
  let streamed = 0;
  const objects = new MemoryObjectStore();
  const stat = objects.put("mem://in/a.ndjson", "");
  const line = Buffer.from('{"some":"line of text"}\n'.repeat(10_000));
  objects.stream = async function* () {
    for (let i = 0; i < 1_000; i += 1) {
      streamed += line.length;
      yield line;
    }
  };
  const source: Source = {
    id: 0,
    uri: stat.uri,
    origin: stat.uri,
    format: "ndjson",
    sizeBytes: 1e9,
    version: "v",
  };
  for await (const { batches } of planBatches(objects, [source], { batchSize: 8 })) {
    t.true(batches.length > 0 && batches.length <= 1_000);
    break;
  }
  t.true(streamed < 4e6);
});

test("planBatches() stops when its signal aborts", async (t) => {
  const { objects, open } = ndjson("1\n".repeat(100_000));
  const controller = new AbortController();
  const groups = planBatches(objects, await open(), { batchSize: 1, signal: controller.signal });
  await groups.next();
  controller.abort();
  await t.throwsAsync(
    async () => {
      for await (const _ of groups);
    },
    { name: "AbortError" },
  );
});

test("planBatches() refuses a batch size below one", async (t) => {
  const { objects } = ndjson("1");
  await t.throwsAsync(planAll(objects, [], { batchSize: 0 }), { instanceOf: RangeError });
});
