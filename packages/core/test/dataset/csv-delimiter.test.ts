import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import test from "ava";
import fc from "fast-check";
import type { CsvRules } from "../../src/mod.ts";
import { openSources, planAll, planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

interface Reading {
  readonly name?: string;
  readonly csv?: CsvRules;
  readonly batchSize?: number;
}

async function read(content: string | Uint8Array, { name = "a.csv", csv, batchSize = 2 }: Reading = {}) {
  const objects = new MemoryObjectStore({ pieceBytes: 5 });
  const uri = `mem://in/${name}`;
  objects.put(uri, content);
  const { items } = await planAndRead(objects, [uri], { batchSize, ...(csv && { csv }) });
  return { items: items.map((item) => JSON.parse(item)) };
}

const TWO = [
  { a: "1", "b;c;d": "2;3;4" },
  { a: "1", "b;c;d": "2" },
];

const FOUND: readonly (readonly [title: string, content: string, items: readonly object[], name?: string])[] =
  [
    [
      "semicolons, with decimal commas",
      "a;b\n1,5;2,5\n3,5;4\n",
      [
        { a: "1,5", b: "2,5" },
        { a: "3,5", b: "4" },
      ],
    ],
    ["quoted semicolons", '\n"a";"b, c"\n1;"x"\n', [{ a: "1", "b, c": "x" }]],
    ["tabs", "a\tb\n1\tx, y\n", [{ a: "1", b: "x, y" }]],
    ["bars", "a|b;|c\n1|2|3\n", [{ a: "1", "b;": "2", c: "3" }]],
    ["Hive's 0x01", "a\u0001b\nx, y\u0001z\n", [{ a: "x, y", b: "z" }]],
    [
      "commas beside fields of lists",
      "id,tags\n1,a|b|c\n2,d;e\n",
      [
        { id: "1", tags: "a|b|c" },
        { id: "2", tags: "d;e" },
      ],
    ],
    ["commas in a quoted field with line ends", 'a;b\n"1\n,2";3\n', [{ a: "1\n,2", b: "3" }]],
    ["commas where another delimiter is not in every record", "a,b;c;d\n1,2;3;4\n1,2\n", TWO],
    ["tabs where the name says so", "a\tb, c\n1\t2, 3\n", [{ a: "1", "b, c": "2, 3" }], "a.TSV"],
    ["bars where the name says so", "a|b,c,d\n1|2,3,4\n", [{ a: "1", "b,c,d": "2,3,4" }], "a.psv"],
    ["commas although the name says tabs", "a,b\n1,2\n", [{ a: "1", b: "2" }], "a.tab"],
    ["one column of tabs' name, with commas", "text\na, b\nc\n", [{ text: "a, b" }, { text: "c" }], "a.tsv"],
    [
      "one column with other delimiters in its fields",
      "text\na;b\nc|d\n",
      [{ text: "a;b" }, { text: "c|d" }],
    ],
    ["the line for Excel", "sep=;\na,x;b,y\n1,2;3,4\n", [{ "a,x": "1,2", "b,y": "3,4" }]],
    ["the line for Excel, with any character", "\ufeffSEP=^\r\na^b\r\n1^2\r\n", [{ a: "1", b: "2" }]],
    ["the line for Excel, without records that need it", "sep=,\r\na\r\n1\r\n", [{ a: "1" }]],
  ];

for (const [title, content, items, name = "a.csv"] of FOUND)
  test(`CSV: the first records show ${title}`, async (t) => {
    t.deepEqual((await read(content, { name })).items, items);
  });

const REFUSED: readonly (readonly [title: string, content: string, message: RegExp])[] = [
  [
    "two delimiters explain",
    "Zeit;Temperatur, °C\n12:00;21,5\n12:10;21,6\n",
    /line 1: its columns may be separated by commas \(2 columns\) or by semicolons \(2 columns\); .*\{"delimiter"\}; found Zeit;Temperatur, °C/,
  ],
  [
    "two delimiters explain, with different columns",
    'a,b;"c";d\n1,2;3;4\n',
    /line 1: .*commas \(2 columns\) or by semicolons \(3 columns\); say which with "csv": \{"delimiter"\}/,
  ],
  [
    "has one column, and commas in it",
    "text\nhello, world\nx\n",
    /line 2: .*2 fields, expected 1 .*by commas; if each line is an item, set "format" to "text"/,
  ],
  [
    "has a record that is too short for its delimiter",
    "a;b;c\n1;2;3\n4;5\n",
    /line 3: .*2 fields, expected 3 as in the header, separated by semicolons; .*needs quotes/,
  ],
  ["has one column, and semicolons in its header", "a;b\nx\n", /line 2: .*1 fields, expected 2 .*semicolons/],
  ["has a line for Excel without a delimiter", "sep=\na;b\n", /line 1: a line for Excel.*found sep=/],
  ["has a line for Excel with a longer one", "sep=::\na::b\n", /line 1: a line for Excel.*\{"delimiter"\}/],
  ["has a line for Excel with another character", "\nsep=é\naéb\n", /line 2: a line for Excel/],
  ["has text after a closing quote", 'a;b\n"x" y;1\n', /line 2: .*text after the quote/],
];

for (const [title, content, message] of REFUSED)
  test(`CSV: a file is refused that ${title}`, async (t) => {
    await t.throwsAsync(read(content), { code: "malformed_input", message });
  });

test("CSV: what the user says wins", async (t) => {
  const of = async (content: string, csv: CsvRules) => (await read(content, { csv })).items;
  t.deepEqual(await of("a;b,c\n1;2,3\n", { delimiter: "," }), [{ "a;b": "1;2", c: "3" }]);
  t.deepEqual(await of("sep=;\na;b,c\n1;2,3\n", { delimiter: "," }), [{ "a;b": "1;2", c: "3" }]);
  t.deepEqual(await of("a b\n1 2\n", { delimiter: " " }), [{ a: "1", b: "2" }]);
  t.deepEqual(await of("a,b\n'x, ''y''',\"\n", { quote: "'" }), [{ a: "x, 'y'", b: '"' }]);
  t.deepEqual(await of('a,b\n"x,y"\n', { quote: "" }), [{ a: '"x', b: 'y"' }]);
  t.deepEqual(
    await of("a$b\n$x$$$y$$z\n", { delimiter: "$", quote: "" }).catch(({ code }) => code),
    "malformed_input",
  );
  t.deepEqual(await of('a;b\n$x$$y$;"\n', { quote: "$" }), [{ a: "x$y", b: '"' }]);
});

test("CSV: comments are lines that start with the character, wherever they are", async (t) => {
  const content = '# x;y\r\n#\n\na;b\n#1;2;3\n1;#2\r\n"#3";4\n##\n\n"\n#5";6\n# the end';
  const expected = [
    { a: "1", b: "#2" },
    { a: "#3", b: "4" },
    { a: "\n#5", b: "6" },
  ];
  for (const batchSize of [1, 2, 3]) {
    const { items } = await read(content, { csv: { comment: "#" }, batchSize });
    t.deepEqual(items, expected);
  }
  t.deepEqual((await read("a,b\n#1,2\n")).items, [{ a: "#1", b: "2" }]);
});

test("CSV: without a header the columns have numbers, and the first record is an item", async (t) => {
  const csv = { header: false, comment: "#" } as const;
  const expected = [
    { column_1: "a", column_2: "a" },
    { column_1: "1", column_2: "" },
  ];
  t.deepEqual((await read("\ufeff\n#x\na;a\n1;\n", { csv })).items, expected);
  t.deepEqual((await read("sep=;\na;a\n1;", { csv })).items, expected);
  await t.throwsAsync(read("a;b\n1\n", { csv }), { message: /line 2: .*1 fields, expected 2/ });
});

test("CSV: how a file is read is stored with its source, and only what is unusual", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put("mem://in/a.csv", "a,b\n1,2\n");
  objects.put("mem://in/b.csv", "#x\na;b\n1;2\n3;4\n");
  const uris = ["mem://in/a.csv", "mem://in/b.csv"];
  const [plain, , ...others] = await openSources(objects, uris);
  t.deepEqual(plain?.meta, { columns: ["a", "b"], dataStart: 4, dataLine: 2 });
  t.deepEqual(others, []);
  const [, said] = await openSources(objects, uris, { csv: { comment: "#", quote: "" } });
  t.deepEqual(said?.meta, {
    columns: ["a", "b"],
    dataStart: 7,
    dataLine: 3,
    delimiter: ";",
    quote: "",
    comment: "#",
  });
  const groups = await planAll(objects, [{ ...(said as NonNullable<typeof said>), id: 0 }], { batchSize: 1 });
  t.is(groups.flatMap(({ batches }) => batches).length, 2);
});

test("CSV: a file whose header holds only its own delimiter is never read wrongly", async (t) => {
  const delimiter = fc.constantFrom(",", ";", "\t", "|", "\u0001");
  const piece = fc.constantFrom("a", "b", "é", "1", ",", ";", "\t", "|", "\u0001", '"', "\n", "\r", " ");
  const field = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(""));
  const table = fc.integer({ min: 2, max: 4 }).chain((columns) =>
    fc.record({
      delimiter,
      header: fc.constant(Array.from({ length: columns }, (_, i) => `column ${i}`)),
      rows: fc.array(fc.array(field, { minLength: columns, maxLength: columns }), {
        minLength: 1,
        maxLength: 6,
      }),
      quotesAll: fc.boolean(),
      newline: fc.constantFrom("\n", "\r\n", "\r"),
    }),
  );
  await fc.assert(
    fc.asyncProperty(table, async ({ delimiter, header, rows, quotesAll, newline }) => {
      const write = (value: string) => {
        const needs = quotesAll || [delimiter, '"', "\n", "\r"].some((special) => value.includes(special));
        return needs ? `"${value.replaceAll('"', '""')}"` : value;
      };
      const lines = [header, ...rows].map((row) => row.map(write).join(delimiter));
      const { items } = await read(Buffer.from(lines.join(newline)));
      assert.deepEqual(
        items,
        rows.map((row) => Object.fromEntries(row.map((value, i) => [header[i], value]))),
      );
    }),
    { numRuns: 1_000 },
  );
  t.pass();
});
