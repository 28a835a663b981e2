import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ParquetFile, type ParquetOptions } from "../../src/mod.ts";

export const FIXTURES = join(import.meta.dirname, "..", "fixtures");

/** Opens bytes as a Parquet file. */
export function openBytes(bytes: Uint8Array, options: ParquetOptions = {}): Promise<ParquetFile> {
  const read = async (start: number, end: number) => bytes.subarray(start, end);
  return ParquetFile.open({ sizeBytes: bytes.length, read }, options);
}

/** Opens one of the files in `fixtures`. */
export async function openFixture(name: string, options: ParquetOptions = {}): Promise<ParquetFile> {
  return openBytes(await readFile(join(FIXTURES, `${name}.parquet`)), options);
}

/** All rows. */
export function readAll(file: ParquetFile): Promise<readonly string[]> {
  return file.read(0, file.rows);
}
