import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync } from "hyparquet";
import { isMillraceError } from "../errors.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { malformedInput } from "./malformed-input.ts";
import { PARQUET_PARSERS } from "./parquet-values.ts";

/** The Parquet object to read; `file` is its name for errors. */
export interface ParquetObject {
  readonly uri: string;
  readonly version: string;
  readonly sizeBytes: number;
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
}

/** A Parquet object as hyparquet wants it. */
export function parquetBuffer(
  objects: ObjectStore,
  { uri, version, sizeBytes, signal }: ParquetObject,
): AsyncBuffer {
  return {
    byteLength: sizeBytes,
    slice(start, end = sizeBytes) {
      const bytes = readBuffer(objects, uri, { start, end, version, signal });
      // hyparquet reads ahead; what it then throws over must not end the process when it cannot be read either.
      bytes.catch(() => {});
      return bytes;
    },
  };
}

async function readBuffer(
  objects: ObjectStore,
  uri: string,
  { signal, ...range }: { start: number; end: number; version: string; signal: AbortSignal | undefined },
): Promise<ArrayBuffer> {
  const bytes = await objects.read(uri, { ...range, ...(signal ? { signal } : {}) });
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer;
  // Not `slice`: on a Buffer, which Node's own reads give, that is no copy.
  return new Uint8Array(bytes).buffer;
}

/** Reads a Parquet footer. @throws {MillraceError} malformed_input */
export async function readParquetFooter(objects: ObjectStore, object: ParquetObject): Promise<FileMetaData> {
  return orMalformed(object.file, async () => {
    if (object.sizeBytes < 12) throw new Error("parquet file is too short");
    const footer = await parquetMetadataAsync(parquetBuffer(objects, object), { parsers: PARQUET_PARSERS });
    const rows = footer.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
    if (rows !== Number(footer.num_rows) || !Number.isSafeInteger(rows) || rows < 0) {
      throw new Error(`its row groups hold ${rows} rows, but its footer says ${footer.num_rows}`);
    }
    return footer;
  });
}

/** Runs a step of hyparquet; what it throws itself becomes `malformed_input`. */
export async function orMalformed<T>(file: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (isMillraceError(cause) || (cause instanceof Error && cause.name === "AbortError")) throw cause;
    throw malformedInput(`it is not a Parquet file that can be read: ${reasonOf(cause)}`, { file, cause });
  }
}

/** What hyparquet says itself; where it stumbled over damaged bytes it speaks of its own variables. */
function reasonOf(cause: unknown): string {
  const isItsOwn = cause instanceof Error && Object.getPrototypeOf(cause) === Error.prototype;
  return isItsOwn && !/undefined|NaN/.test(cause.message) ? cause.message : "its bytes are damaged";
}
