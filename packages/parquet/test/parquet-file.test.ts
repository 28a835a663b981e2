import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { ParquetFile } from "../src/mod.ts";
import { FIXTURES, openBytes, openFixture, readAll } from "./support/open-file.ts";

/** Files on which other readers were wrong, with the rows that are right. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  // arrow-go marks the schema's root as repeated
  "root-repeated-nulls": [
    '{"i":1,"t":"rowa","f":0.0}',
    '{"i":2,"t":"rowb","f":0.25}',
    '{"i":3,"t":"rowc","f":0.5}',
    '{"i":4,"t":"rowd","f":0.75}',
    '{"i":5,"t":"rowe","f":1.0}',
  ],
  "decimal-cents": [
    '{"p":19.99}',
    '{"p":0.07}',
    '{"p":4.35}',
    '{"p":1.15}',
    '{"p":8.29}',
    '{"p":100.00}',
    '{"p":1234567.89}',
  ],
  "decimal-ids": ['{"p":"12345678901234567890.12","q":9007199254740993}'],
  // DuckDB writes an entry for each place of an array that is null
  "duckdb-fixed-array-null": ['{"a":null}', '{"a":[1.0,2.0,3.0]}', '{"a":null}', '{"a":[3.0,4.0,5.0]}'],
  // DuckDB writes the first number of a delta page in more than 32 bits
  "duckdb-v2-uint32": [3012716861, 3012716862, 3012716863, 3012716864, 3012716865].map((n) => `{"u32":${n}}`),
  "lz4-null-column": ['{"a":1,"b":null}', '{"a":2,"b":null}'],
  "time-of-day": ['{"ms":"12:34:56.123","us":"12:34:56.123456"}'],
  "repeated-empty-and-enum": ['{"tags":["x"],"color":"RED"}', '{"tags":[],"color":"GREEN"}'],
  "legacy-list": ['{"a":[{"z":1},{"z":2}],"m":[{"k":1}],"b":[{"x":1,"y":2}]}'],
  "text-with-bom": ['{"a":"\ufeffusing System;"}', '{"a":"x\ufeff"}', '{"a":"\ufeff"}'],
  "json-column-ints": ['{"j":{"id":12345678901234567890,"f":1.10}}', '{"j":[9007199254740993]}', '{"j":"x"}'],
  "json-column-empty": ['{"i":1,"j":""}'],
  "map-struct-keys": ['{"m":[[{"x":1},1],[{"x":2},2]]}'],
  "map-duplicate-keys": ['{"m":[["a",1],["a",2]]}'],
  "map-binary-keys": ['{"m":{"AQI=":1,"YWI=":2}}'],
  "duplicate-columns": ['{"a":1,"a_2":3}', '{"a":2,"a_2":4}'],
  "struct-proto-key": ['{"s":{"__proto__":1,"constructor":2,"2":3,"1":4}}'],
  "nan-inf": [
    '{"f":1.5,"g":1.5,"l":[1.0,null]}',
    '{"f":null,"g":null,"l":[1.0,null]}',
    '{"f":null,"g":null,"l":[1.0,null]}',
    '{"f":null,"g":null,"l":[1.0,null]}',
    '{"f":-0.0,"g":-0.0,"l":[1.0,null]}',
    '{"f":null,"g":null,"l":[1.0,null]}',
    '{"f":5e-324,"g":1.401298464324817e-45,"l":[1.0,null]}',
    '{"f":1.7976931348623157e+308,"g":3.4028234663852886e+38,"l":[1.0,null]}',
  ],
  // by Spark 4.3
  variant: [
    '{"v":"12345678901234567890.5","id":0}',
    '{"v":"text","id":1}',
    '{"v":[1,2],"id":2}',
    '{"v":null,"id":3}',
    '{"v":true,"id":4}',
    '{"v":1e+300,"id":5}',
  ],
};

for (const [name, rows] of Object.entries(ROWS)) {
  test(`read() returns the right rows of ${name}`, async (t) => {
    const read = await readAll(await openFixture(name));
    t.deepEqual(read.slice(0, rows.length), rows);
  });
}

test("read() returns the same rows for a file that other readers refused", async (t) => {
  t.deepEqual(await readAll(await openFixture("root-repeated-refused")), ROWS["root-repeated-nulls"]);
});

test("read() reassembles shredded variants", async (t) => {
  const rows = await readAll(await openFixture("shredded-variant"));
  t.is(rows.length, 100);
  t.is(rows[0], '{"v":{"a":0,"b":"x0","c":[1.0,0.5,null],"d":{"e":true,"f":1}},"id":0}');
  t.is(rows[99], '{"v":{"a":99,"b":"x99","c":[1.0,99.5,null],"d":{"e":true,"f":"s"}},"id":99}');
});

test('read() writes NaN and infinities as texts when nan is "string"', async (t) => {
  const rows = await readAll(await openFixture("nan-inf", { nan: "string" }));
  t.is(rows[1], '{"f":"NaN","g":"NaN","l":[1.0,"NaN"]}');
  t.is(rows[2], '{"f":"Infinity","g":"Infinity","l":[1.0,"NaN"]}');
  t.is(rows[3], '{"f":"-Infinity","g":"-Infinity","l":[1.0,"NaN"]}');
});

/** Files that cannot be read, and what is said of them. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  interval: /^column "iv" is of the type INTERVAL, which cannot be read; leave the column out, or cast it/,
  "text-not-utf8": /^column "a" cannot be read: it has a text that is not UTF-8 \(caf\\xe9\), expected UTF-8/,
  "encrypted-footer": /^it is encrypted \(footer and columns\).*decrypt it first$/,
  "encrypted-column": /^column "s" is encrypted.*decrypt the file first$/,
};

for (const [name, message] of Object.entries(REFUSED)) {
  test(`check() refuses ${name}, and says why`, async (t) => {
    await t.throwsAsync(async () => (await openFixture(name)).check(), { name: "ParquetError", message });
  });
}

test("open() warns about columns of one name, and check() about pages that do not match their checksum", async (t) => {
  const warnings: string[] = [];
  await openFixture("duplicate-columns", { warn: (text) => warnings.push(text) });
  t.deepEqual(warnings, ['it has two columns named "a": the later one is "a_2" in its items']);
});

test("open() says what a file is that is not Parquet", async (t) => {
  const whole = await readFile(join(FIXTURES, "decimal-cents.parquet"));
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [Buffer.alloc(0), /it has 0 bytes, expected 12 at least/],
    [Buffer.from("PAR1"), /it has 4 bytes/],
    [whole.subarray(0, -20), /does not end in "PAR1".*cut off, or not a Parquet file/],
    [Buffer.from("x".repeat(500)), /does not end in "PAR1"/],
    [
      Buffer.concat([Buffer.from("PAR1"), Buffer.from([255, 255, 255, 127]), Buffer.from("PAR1")]),
      /footer should have 2147483647 bytes/,
    ],
  ];
  for (const [bytes, message] of cases) {
    await t.throwsAsync(openBytes(bytes), { name: "ParquetError", message });
  }
});

test("read() returns the same rows whatever the ranges, also several at once", async (t) => {
  const file = await openFixture("shredded-variant");
  const rows = await readAll(file);
  for (const step of [1, 7, 64]) {
    const starts = Array.from({ length: Math.ceil(file.rows / step) }, (_, i) => i * step);
    const parts = await Promise.all(
      starts.reverse().map((start) => file.read(start, Math.min(file.rows, start + step))),
    );
    t.deepEqual(parts.reverse().flat(), rows);
  }
});

test("read() passes on what the source throws, and reads on afterwards", async (t) => {
  const bytes = await readFile(join(FIXTURES, "decimal-cents.parquet"));
  let fails = false;
  const file = await ParquetFile.open({
    sizeBytes: bytes.length,
    async read(start, end) {
      if (fails) throw new Error("EIO: i/o error, read");
      return bytes.subarray(start, end);
    },
  });
  fails = true;
  await t.throwsAsync(readAll(file), { message: /EIO/ });
  fails = false;
  t.deepEqual(await readAll(file), ROWS["decimal-cents"]);
});
