import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { parquetMetadata } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { type ReadOptions, splitBatch } from "../../src/mod.ts";
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

const rowText = (i: number) => `{"2":"row ${i} é","1":${i % 3 === 0 ? "null" : i / 4}}`;

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
    '{"safe":42,"big":"9007199254740993","time":"2024-02-29T12:34:56.789Z","bytes":"/wAB","json":{"a":[1,{"b":null}]},"yes":true}',
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

test("Parquet: a page of a type that there is not is told in words about the file", async (t) => {
  const objects = new MemoryObjectStore();
  const bytes = parquet(3, 50);
  bytes[5] = 0x0a;
  objects.put(uri, bytes);
  // hyparquet says "parquet unsupported page type: undefined".
  const error = await t.throwsAsync(planAndRead(objects, [uri], 1), { code: "malformed_input" });
  t.regex(error?.message ?? "", /is not a Parquet file that can be read: its bytes are damaged$/);
});

test("Parquet: a page whose header lacks a length is refused, not read for ever", async (t) => {
  const data = [null, 1, null];
  const buffer = parquetWriteBuffer({ columnData: [{ name: "n", data, type: "DOUBLE", nullable: true }] });
  const bytes = new Uint8Array(buffer);
  // The first page's header: 0x15 begins the number of the next field, the last of them the length of repetition levels.
  t.deepEqual([...bytes.subarray(19, 26)], [0x15, 4, 0x15, 0, 0, 0, 3]);
  bytes[21] = 0x25;
  // The first run of levels has no value: hyparquet read it from an offset of NaN, again and again.
  bytes[25] = 0;
  const objects = new MemoryObjectStore();
  objects.put(uri, bytes);
  await t.throwsAsync(planAndRead(objects, [uri], 1), {
    code: "malformed_input",
    message: /page header lacks a size/,
  });
});

/** The type of the first field of a page's header: thrift has none of this number. */
const NO_TYPE = 0x1d;

test.serial(
  "Parquet: a column that nobody awaits may be damaged, and leaves no rejection that would end the process",
  async (t) => {
    // Of two columns of one name the first is read.
    const column = { name: "n", data: [1, 2, 3], type: "DOUBLE" as const };
    const buffer = parquetWriteBuffer({ columnData: [column, column] });
    const bytes = new Uint8Array(buffer);
    bytes[pageOffset(buffer, 1)] = NO_TYPE;
    t.deepEqual(await rejectionsOf(t, bytes), []);
  },
);

test.serial(
  "Parquet: a damaged column before one that the schema does not have leaves no such rejection",
  async (t) => {
    const buffer = twoColumns();
    const bytes = withoutInSchema(buffer, "two");
    bytes[pageOffset(buffer, 0)] = NO_TYPE;
    t.deepEqual(await rejectionsOf(t, bytes), []);
  },
);

test.serial(
  "Parquet: pages that cannot be read, of a column that the schema does not have, leave no such rejection",
  async (t) => {
    const buffer = twoColumns();
    class UnreadablePages extends MemoryObjectStore {
      override async read(uri: string, options: ReadOptions = {}) {
        if (options.start === pageOffset(buffer, 0)) throw new Error("EIO: i/o error, read");
        return super.read(uri, options);
      }
    }
    t.deepEqual(await rejectionsOf(t, withoutInSchema(buffer, "one"), new UnreadablePages()), []);
  },
);

function twoColumns(): ArrayBuffer {
  const data = [1, 2, 3];
  return parquetWriteBuffer({ columnData: ["one", "two"].map((name) => ({ name, data, type: "DOUBLE" })) });
}

/** The file, in which a column has another name than in the schema. */
function withoutInSchema(buffer: ArrayBuffer, column: string): Uint8Array {
  const bytes = Buffer.from(new Uint8Array(buffer));
  // The last mention is the column's own, after the schema's.
  bytes.write("???", bytes.lastIndexOf(column));
  return bytes;
}

function pageOffset(buffer: ArrayBuffer, column: number): number {
  const { meta_data } = parquetMetadata(buffer).row_groups[0]?.columns[column] ?? {};
  return Number(meta_data?.data_page_offset);
}

/** What rejects with nobody to see it while a file is read, in vain or not. */
async function rejectionsOf(
  t: ExecutionContext,
  bytes: Uint8Array,
  objects = new MemoryObjectStore(),
): Promise<readonly unknown[]> {
  objects.put(uri, bytes);
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on("unhandledRejection", note);
  t.teardown(() => process.off("unhandledRejection", note));
  await planAndRead(objects, [uri], 1).catch(() => {});
  await setImmediate();
  return rejections;
}

test("Parquet: a file without rows holds no items", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put(uri, parquet(0, 10));
  await t.throwsAsync(planAndRead(objects, [uri], 1), { code: "no_input" });
});
