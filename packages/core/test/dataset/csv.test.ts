import { Buffer } from "node:buffer";
import test from "ava";
import fc from "fast-check";
import { CsvSplitter } from "../../src/dataset/csv-records.ts";
import { BatchReader, isMillraceError, type Source, splitBatch } from "../../src/mod.ts";
import { openSources, planAll, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

const uri = "mem://in/a.csv";

async function read(content: string | Buffer, batchSize = 2) {
  const objects = new MemoryObjectStore({ pieceBytes: 5 });
  objects.put(uri, content);
  return planAndRead(objects, [uri], batchSize);
}

test("CSV rows become objects of header to string, in the header's order", async (t) => {
  const { items } = await read('\ufeffname,2,1,__proto__\r\n"a, ""b""\nc",x,,p\r\n\r\né 漢,y,z,"q"');
  t.deepEqual(items, [
    '{"name":"a, \\"b\\"\\nc","2":"x","1":"","__proto__":"p"}',
    '{"name":"é 漢","2":"y","1":"z","__proto__":"q"}',
  ]);
});

test("CSV rows come back exactly, in order, whatever is in the fields", async (t) => {
  const field = fc.oneof(fc.string(), fc.constantFrom("", '"', ",", "\n", "\r\n", "\r", "é😀", " "));
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const plain = (text: string) => (/[",\r\n]/.test(text) || text === "" ? quote(text) : text);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field, fc.boolean()), { minLength: 1, maxLength: 9 }),
      fc.constantFrom("\n", "\r\n"),
      fc.integer({ min: 1, max: 4 }),
      async (rows, newline, batchSize) => {
        const lines = rows.map(([a, b, quoted]) =>
          quoted ? `${quote(a)},${quote(b)}` : `${plain(a)},${plain(b)}`,
        );
        const objects = new MemoryObjectStore();
        objects.put(uri, ["a,b", ...lines].join(newline));
        const { items, loaded, batches, reader } = await planAndRead(objects, [uri], batchSize);
        t.deepEqual(
          items,
          rows.map(([a, b]) => JSON.stringify({ a, b })),
        );
        for (const batch of loaded.filter(({ batch }) => batch.count > 1)) {
          const halves = await reader.read(splitBatch(batch));
          t.deepEqual(
            halves.flatMap((half) => half.items),
            batch.items,
          );
        }
        const sources = await openSources(objects, [uri]);
        const one = new BatchReader({ objects, source: (id) => sources[id] as Source });
        for (const [i, batch] of batches.entries())
          t.deepEqual(await one.read([batch]), [loaded[i] as never]);
      },
    ),
    { numRuns: 300 },
  );
});

test("CsvSplitter finds the same records however the bytes are cut", async (t) => {
  const bytes = Buffer.from('a,"b\r\n"\r\n\n"é""",漢\r\nx,y\n"",""');
  const split = async (pieceBytes: number) => {
    const splitter = new CsvSplitter({ file: "/in/a.csv", from: { offset: 0, line: 1 }, columns: 2 });
    const found: number[][] = [];
    const take = (list: Awaited<ReturnType<CsvSplitter["push"]>>) => {
      for (let i = 0; i < list.count; i += 1) found.push([list.start(i), list.end(i), list.line(i)]);
    };
    for (let at = 0; at < bytes.length; at += pieceBytes)
      take(await splitter.push(bytes.subarray(at, at + pieceBytes)));
    take(await splitter.end());
    return found;
  };
  const whole = await split(1_000);
  t.is(whole.length, 4);
  for (const pieceBytes of [1, 2, 3, 7]) t.deepEqual(await split(pieceBytes), whole);
});

const faults: readonly (readonly [string, string | Buffer, number, RegExp])[] = [
  ["a record with too few fields", "a,b\n1,2\n\n3\n4,5\n", 4, /has 1 fields, expected 2/],
  ["a record with too many fields", 'a,b\n"1\n",2\n1,2,3\n', 4, /has 3 fields, expected 2.*found 1,2,3/],
  ["text after a closing quote", 'a,b\n1,2\n"x"y,2\n', 3, /quote in the wrong place/],
  ["a quote inside of a field", 'a,b\n1,2\nx"y,2\n', 3, /quote in the wrong place/],
  ["a quote that is never closed", 'a,b\n1,2\n3,"4\n5,6\n', 3, /never closes/],
  ["bytes that are not UTF-8", Buffer.from("a,b\n1,2\n3,\xff\n", "latin1"), 3, /not UTF-8/],
  ["a NUL byte after a quote", 'a,b\n1,2\n"3"\0,4\n', 3, /NUL byte/],
  ["UTF-16", Buffer.from("a,b\n1,2\n", "utf16le"), 1, /UTF-16/],
  ["a header that names a column twice", "a,b,a\n1,2,3\n", 1, /"a" occurs twice/],
  ["a header with an empty name", "a,,c\n1,2,3\n", 1, /column 2 has no name/],
];

for (const [name, content, line, message] of faults) {
  test(`CSV: the error names file and line of ${name}`, async (t) => {
    const error = await t.throwsAsync(read(content), { code: "malformed_input", message });
    t.regex(error?.message ?? "", /^Cannot read "\/in\/a\.csv" at line/);
    t.true(isMillraceError(error));
    t.is((error as unknown as { details: { line: number } }).details.line, line);
  });
}

test("CSV: a header without records and an empty file hold no items", async (t) => {
  for (const content of ["a,b\n", "a,b", "", "\ufeff"])
    await t.throwsAsync(read(content), { code: "no_input" });
});

test("CSV: planning resumes behind any record", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put(uri, `a,b\r\n${Array.from({ length: 3_500 }, (_, i) => `${i},"x\n${i}"`).join("\r\n")}`);
  const sources = await openSources(objects, [uri]);
  const groups = await planAll(objects, sources, { batchSize: 1 });
  t.true(groups.length >= 4);
  for (const [i, { checkpoint }] of groups.entries()) {
    const rest = await planAll(objects, sources, { batchSize: 1, resume: checkpoint });
    t.deepEqual(
      rest.flatMap(({ batches }) => batches),
      groups.slice(i + 1).flatMap(({ batches }) => batches),
    );
  }
  const { items = 0, at } = groups[0]?.checkpoint ?? {};
  t.is(at?.line, 2 + 2 * items);
});
