import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../platform.ts";

/** Reads a Parquet file with Millrace's reader, as JSON. Prints the seconds. */
const require = createRequire(join(root, "packages", "core", "package.json"));
const { ParquetFile } = await import(pathToFileURL(require.resolve("@millrace/parquet")).href);
const WINDOW_ROWS = 65_536;
const startedAt = performance.now();
const handle = await open(process.argv[2] ?? "");
const file = await ParquetFile.open({
  sizeBytes: (await handle.stat()).size,
  async read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    await handle.read(bytes, 0, bytes.length, start);
    return bytes;
  },
});
let size = 0;
for (let from = 0; from < file.rows; from += WINDOW_ROWS) {
  for (const text of await file.read(from, Math.min(file.rows, from + WINDOW_ROWS))) size += text.length;
}
await handle.close();
console.log(JSON.stringify({ seconds: (performance.now() - startedAt) / 1_000, size }));
