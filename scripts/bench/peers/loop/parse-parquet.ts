import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Reads every column of a Parquet file with hyparquet, one row group at a time, into objects or JSON. Prints the
 * seconds.
 */
const [path = "", modules = "", as] = process.argv.slice(2);
const { parquetMetadataAsync, parquetReadObjects } = createRequire(join(modules, "package.json"))(
  "hyparquet",
);
const startedAt = performance.now();
const handle = await open(path);
const file = {
  byteLength: (await handle.stat()).size,
  async slice(start: number, end: number): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(end - start);
    await handle.read(bytes, 0, bytes.length, start);
    return bytes.buffer;
  },
};
const metadata = await parquetMetadataAsync(file);
let rows = 0;
for (const group of metadata.row_groups) {
  const rowEnd = rows + Number(group.num_rows);
  const objects = await parquetReadObjects({ file, metadata, rowStart: rows, rowEnd });
  if (as === "json") for (const object of objects) JSON.stringify(object, withoutBigints);
  rows += objects.length;
}
if (rows !== Number(metadata.num_rows)) throw new Error(`${rows} rows, expected ${metadata.num_rows}`);
await handle.close();
console.log(JSON.stringify({ seconds: (performance.now() - startedAt) / 1_000 }));

function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
