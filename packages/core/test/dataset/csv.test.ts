import { Buffer } from "node:buffer";
import test from "ava";
import fc from "fast-check";
import { CsvSplitter } from "../../src/dataset/csv-splitter.ts";
import { BatchReader, isMillraceError, openSource, type Source, splitBatch } from "../../src/mod.ts";
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
      fc.constantFrom("\n", "\r\n", "\r", "\r\r\n"),
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
  const split = (pieceBytes: number) => {
    const splitter = new CsvSplitter({ file: "/in/a.csv", from: { offset: 0, line: 1 }, columns: 2 });
    const found: number[][] = [];
    const take = (list: ReturnType<CsvSplitter["push"]>) => {
      for (let i = 0; i < list.count; i += 1) found.push([list.start(i), list.end(i), list.line(i)]);
    };
    for (let at = 0; at < bytes.length; at += pieceBytes)
      take(splitter.push(bytes.subarray(at, at + pieceBytes)));
    take(splitter.end());
    return found;
  };
  const whole = split(1_000);
  t.is(whole.length, 4);
  for (const pieceBytes of [1, 2, 3, 7]) t.deepEqual(split(pieceBytes), whole);
});

const faults: readonly (readonly [string, string | Buffer, number, RegExp])[] = [
  ["a record with too few fields", "a,b\n1,2\n\n3\n4,5\n", 4, /has 1 fields, expected 2/],
  ["a record with too many fields", 'a,b\n"1\n",2\n1,2,3\n', 4, /has 3 fields, expected 2.*found 1,2,3/],
  ["text after a closing quote", 'a,b\n1,2\n"x"y,2\n', 3, /text after the quote that closes.*found "x"y,2/],
  ["a space after a closing quote", 'a,b\r1,2\r"x" ,2\r', 3, /text after the quote that closes/],
  ["a quote that is never closed", 'a,b\n1,2\n3,"4\n5,6\n', 3, /never closed/],
  ["bytes that are not UTF-8", Buffer.from("a,b\n1,2\n3,\xff\n", "latin1"), 3, /not UTF-8/],
  ["a NUL byte after a quote", 'a,b\n1,2\n"3"\0,4\n', 3, /NUL byte/],
  ["UTF-16", Buffer.from("a,b\n1,2\n", "utf16le"), 1, /UTF-16/],
  ["a short record of a file with lone carriage returns", "a,b\r1,2\r\r3\r", 4, /has 1 fields, expected 2/],
];

for (const [name, content, line, message] of faults) {
  test(`CSV: the error names file and line of ${name}`, async (t) => {
    const error = await t.throwsAsync(read(content), { code: "malformed_input", message });
    t.regex(error?.message ?? "", /^Cannot read "\/in\/a\.csv" at line/);
    t.true(isMillraceError(error));
    t.is((error as unknown as { details: { line: number } }).details.line, line);
  });
}

test("CSV: lines end in \\n, \\r\\n, \\r\\r\\n or \\r, also mixed", async (t) => {
  const expected = ['{"a":"1","b":"x\\r\\ny"}', '{"a":"2","b":""}', '{"a":"3","b":"é"}'];
  for (const end of ["\n", "\r\n", "\r\r\n", "\r", "\n\n\r"]) {
    const records = ["a,b", '1,"x\r\ny"', "2,", "3,é"];
    t.deepEqual((await read(records.join(end))).items, expected);
    t.deepEqual((await read(end + records.join(end) + end)).items, expected);
  }
  t.deepEqual((await read('a,b\n1,"x\r\ny"\r2,\r\r\n3,é\r\n')).items, expected);
});

test("CSV: quotes are text inside a field that does not start with one", async (t) => {
  const { items } = await read('a,b\n1,5" pipe\n2,say "hi"\n3," ""x"" "\n4,a""b\n');
  t.deepEqual(items, [
    '{"a":"1","b":"5\\" pipe"}',
    '{"a":"2","b":"say \\"hi\\""}',
    '{"a":"3","b":" \\"x\\" "}',
    '{"a":"4","b":"a\\"\\"b"}',
  ]);
});

test("CSV: columns with no name or a repeated name get one, with a warning for the file", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put(uri, ",id,text,id\n0,1,x,2\n");
  const warnings: string[] = [];
  const stat = await objects.stat(uri);
  const source = await openSource(objects, stat, {
    id: 0,
    spoolUri: "mem://spool",
    warn: (text) => warnings.push(text),
  });
  t.deepEqual(source.meta?.columns, ["column_1", "id", "text", "id_2"]);
  t.is(warnings.length, 1);
  t.regex(
    warnings[0] ?? "",
    /column 1 has no name, it is read as "column_1"; column 4 is another "id", .*"id_2"/,
  );
  t.deepEqual((await planAndRead(objects, [uri], 1)).items, [
    '{"column_1":"0","id":"1","text":"x","id_2":"2"}',
  ]);
});

test("CSV: one column may hold any delimiter in its quoted name and in its records", async (t) => {
  const { items } = await read('"a;b"\n1;2\n"3|4"\n');
  t.deepEqual(items, ['{"a;b":"1;2"}', '{"a;b":"3|4"}']);
  t.deepEqual((await read('"a;\n|b",c\n1,2\n')).items, ['{"a;\\n|b":"1","c":"2"}']);
});

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
