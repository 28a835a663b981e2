import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import test from "ava";
import { parquetWriteBuffer } from "hyparquet-writer";
import { BatchReader, type MillraceError, type ReadOptions, splitBatch } from "../../src/mod.ts";
import { planAndRead } from "../support/dataset.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

const uri = "mem://in/a.parquet";

function parquet(rows: number, rowGroupSize: number): Uint8Array {
  const n = Array.from({ length: rows }, (_, i) => i);
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "2", data: n.map((i) => `row ${i} é`), type: "STRING" },
        { name: "1", data: n.map((i) => (i % 3 === 0 ? null : i / 4)), type: "DOUBLE", nullable: true },
      ],
      rowGroupSize,
    }),
  );
}

const rowText = (i: number) => `{"2":"row ${i} é","1":${i % 3 === 0 ? "null" : floatText(i / 4)}}`;
const floatText = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));

test("Parquet rows come back in order over row groups, whatever the batch size", async (t) => {
  for (const batchSize of [1, 7, 100, 1_000]) {
    const objects = new MemoryObjectStore();
    objects.put(uri, parquet(250, 40));
    const { items, loaded, reader } = await planAndRead(objects, [uri], batchSize);
    t.deepEqual(
      items,
      Array.from({ length: 250 }, (_, i) => rowText(i)),
    );
    for (const batch of loaded.filter(({ batch }) => batch.count > 1)) {
      t.deepEqual(
        (await reader.read(splitBatch(batch))).flatMap((half) => half.items),
        batch.items,
      );
    }
  }
});

test("Parquet values become JSON: big integers, dates, times, bytes, nested values", async (t) => {
  const objects = new MemoryObjectStore();
  const time = new Date("2024-02-29T12:34:56.789Z");
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "safe", data: [42n], type: "INT64" },
      { name: "big", data: [9_007_199_254_740_993n], type: "INT64" },
      { name: "time", data: [time], type: "TIMESTAMP" },
      { name: "bytes", data: [new Uint8Array([255, 0, 1])], type: "BYTE_ARRAY" },
      { name: "json", data: [{ a: [1, { b: null }] }], type: "JSON" },
      { name: "yes", data: [true], type: "BOOLEAN" },
    ],
  });
  objects.put(uri, new Uint8Array(buffer));
  const { items } = await planAndRead(objects, [uri], 1);
  t.is(
    items[0],
    '{"safe":42,"big":9007199254740993,"time":"2024-02-29T12:34:56.789Z","bytes":"/wAB","json":{"a":[1,{"b":null}]},"yes":true}',
  );
});

test("Parquet: many small batches decode a row group once", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put(uri, parquet(300, 100));
  const { batches, reader } = await planAndRead(objects, [uri], 1);
  objects.reads = 0;
  for (const batch of batches) await reader.read([batch]);
  t.is(objects.reads, 0);
});

test("Parquet: a corrupt file is malformed_input and named", async (t) => {
  const whole = Buffer.from(parquet(50, 50));
  const corrupt = [
    Buffer.alloc(0),
    Buffer.from("PAR1"),
    whole.subarray(0, -20),
    whole.subarray(100),
    Buffer.from("x".repeat(500)),
  ];
  for (const bytes of corrupt) {
    const objects = new MemoryObjectStore();
    objects.put(uri, bytes);
    await t.throwsAsync(planAndRead(objects, [uri], 1), {
      code: "malformed_input",
      message: /"\/in\/a\.parquet"/,
    });
  }
  const objects = new MemoryObjectStore();
  const pages = Buffer.from(whole);
  pages.fill(0xff, 4, 60);
  objects.put(uri, pages);
  await t.throwsAsync(planAndRead(objects, [uri], 1), {
    code: "malformed_input",
    message: /"\/in\/a\.parquet"/,
  });
});

test("Parquet: an undecodable value is refused with file and column, and everything else is still read", async (t) => {
  const objects = new MemoryObjectStore();
  const bytes = Buffer.from(parquet(3_000, 1_500));
  objects.put(uri, bytes);
  const { batches, reader } = await planAndRead(objects, [uri], 500);
  // The second row group was not looked at when the file was opened.
  bytes.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 2_000);
  const { version } = objects.put(uri, bytes);
  const source = { id: 0, uri, origin: uri, format: "parquet", sizeBytes: bytes.length, version };
  const damaged = new BatchReader({ objects, source: () => source });
  t.deepEqual(await damaged.read(batches.slice(0, 1)), await reader.read(batches.slice(0, 1)));
  const error = await t.throwsAsync(damaged.read(batches.slice(-1)), {
    code: "malformed_input",
    message: /^Cannot read "\/in\/a\.parquet": column "\d" cannot be read: its bytes are damaged: /,
  });
  t.regex(String((error as MillraceError).details.column), /^[12]$/);
});

test.serial("Parquet: unreadable pages leave no unhandled rejection", async (t) => {
  class UnreadablePages extends MemoryObjectStore {
    override async read(uri: string, options: ReadOptions = {}) {
      if (options.start === 4) throw new Error("EIO: i/o error, read");
      return super.read(uri, options);
    }
  }
  const objects = new UnreadablePages();
  objects.put(uri, parquet(10, 10));
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on("unhandledRejection", note);
  t.teardown(() => process.off("unhandledRejection", note));
  await t.throwsAsync(planAndRead(objects, [uri], 1), { message: /EIO/ });
  await setImmediate();
  t.deepEqual(rejections, []);
});

test("Parquet: a file without rows holds no items", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put(uri, parquet(0, 10));
  await t.throwsAsync(planAndRead(objects, [uri], 1), { code: "no_input" });
});

test("Parquet: NaN and infinities are null, or texts with nan: string", async (t) => {
  const objects = new MemoryObjectStore();
  const data = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  objects.put(uri, new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "a", data, type: "DOUBLE" }] })));
  const asNull = await planAndRead(objects, [uri], 2);
  t.deepEqual(asNull.items, ['{"a":null}', '{"a":null}', '{"a":null}']);
  const asTexts = await planAndRead(objects, [uri], { batchSize: 2, nan: "string" });
  t.deepEqual(asTexts.items, ['{"a":"NaN"}', '{"a":"Infinity"}', '{"a":"-Infinity"}']);
});

test("Parquet: two columns of one name give a warning while the file is opened", async (t) => {
  const objects = new MemoryObjectStore();
  const column = (value: string) => ({ name: "a", data: [value], type: "STRING" as const });
  objects.put(uri, new Uint8Array(parquetWriteBuffer({ columnData: [column("x"), column("y")] })));
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const { items } = await planAndRead(objects, [uri], { batchSize: 1, warn });
  t.deepEqual(items, ['{"a":"x","a_2":"y"}']);
  t.deepEqual(warnings, ['it has two columns named "a": the later one is "a_2" in its items']);
});
