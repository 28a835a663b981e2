import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../../platform.ts";

/** Reading of every column of a Parquet file, row group by row group, with the library that Millrace uses. Prints the seconds. */
const { parquetMetadataAsync, parquetReadObjects } = createRequire(
  join(root, "packages", "core", "package.json"),
)("hyparquet");
const startedAt = performance.now();
const handle = await open(process.argv[2] ?? "");
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
  rows += (await parquetReadObjects({ file, metadata, rowStart: rows, rowEnd })).length;
}
if (rows !== Number(metadata.num_rows)) throw new Error(`${rows} rows, expected ${metadata.num_rows}`);
await handle.close();
console.log(JSON.stringify({ seconds: (performance.now() - startedAt) / 1_000 }));
