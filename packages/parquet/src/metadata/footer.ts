import type { ByteSource } from "../byte-source.ts";
import { damaged, ParquetError } from "../parquet-error.ts";
import { countOf } from "./count.ts";
import { nameOf, PHYSICAL_TYPES } from "./enums.ts";
import { readStruct, type ThriftStruct } from "./thrift.ts";

/** A first read of this size usually contains the whole footer. */
const TAIL_BYTES = 64 * 1024;
const MAGIC = "PAR1";
const ENCRYPTED_MAGIC = "PARE";
/** The magic at the start; at the end the footer's length and the magic again. */
const MIN_FILE_BYTES = 12;

/** Where the pages of a column chunk are: one column of one row group. */
export interface ColumnChunk {
  /** Dotted path in the schema. */
  readonly path: string;
  readonly codec: number;
  /** Numbers of the encodings used by its pages, according to the footer. */
  readonly encodings: readonly number[];
  /** Number of entries, including nulls. */
  readonly valueCount: number;
  /** First byte of its first page, or of the dictionary page if there is one. */
  readonly start: number;
  /** Byte after its last page, according to the footer: some writers do not count the dictionary's header. */
  readonly end: number;
}

export interface RowGroup {
  readonly rows: number;
  /** Uncompressed size, according to the footer. */
  readonly bytes: number;
  /** In the order of the schema's leaves. */
  readonly columns: readonly ColumnChunk[];
}

export interface Footer {
  readonly rows: number;
  /** Elements of the schema, depth first, starting with the root. */
  readonly schema: readonly ThriftStruct[];
  readonly rowGroups: readonly RowGroup[];
  readonly createdBy: string;
  /** Key-value metadata of the writer. */
  readonly keyValues: ReadonlyMap<string, string>;
}

/** Reads a file's footer. @throws {ParquetError} */
export async function readFooter(source: ByteSource): Promise<Footer> {
  const { sizeBytes } = source;
  if (sizeBytes < MIN_FILE_BYTES) {
    throw new ParquetError(
      `it is not a Parquet file: it has ${sizeBytes} bytes, expected ${MIN_FILE_BYTES} at least`,
    );
  }
  const tailStart = Math.max(0, sizeBytes - TAIL_BYTES);
  const tail = Buffer.from(await source.read(tailStart, sizeBytes));
  const magic = tail.toString("latin1", tail.length - 4);
  if (magic === ENCRYPTED_MAGIC) {
    throw new ParquetError(
      "it is encrypted (footer and columns), expected a file that is not; decrypt it first",
    );
  }
  if (magic !== MAGIC) {
    throw new ParquetError(
      `it does not end in "${MAGIC}" as Parquet files do: it is cut off, or not a Parquet file`,
    );
  }
  const footerBytes = tail.readUInt32LE(tail.length - 8);
  const footerStart = sizeBytes - 8 - footerBytes;
  if (footerStart < 4) throw damaged(`its footer should have ${footerBytes} bytes, more than the file`);
  const bytes =
    footerStart >= tailStart
      ? tail.subarray(footerStart - tailStart, tail.length - 8)
      : Buffer.from(await source.read(footerStart, sizeBytes - 8));
  return footerOf(readStruct(bytes).struct, sizeBytes);
}

function footerOf(metadata: ThriftStruct, sizeBytes: number): Footer {
  const schema = metadata.structs(2) ?? [];
  const rowGroups = (metadata.structs(4) ?? []).map((group) => rowGroupOf(group, sizeBytes));
  // Not the footer's own count, which some writers leave at 0.
  const rows = rowGroups.reduce((sum, group) => sum + group.rows, 0);
  const pairs = (metadata.structs(5) ?? []).map((pair) => [pair.text(1) ?? "", pair.text(2) ?? ""] as const);
  return { rows, schema, rowGroups, createdBy: metadata.text(6) ?? "", keyValues: new Map(pairs) };
}

function rowGroupOf(group: ThriftStruct, sizeBytes: number): RowGroup {
  return {
    rows: countOf(group.int(3), "the number of rows of a row group"),
    bytes: group.int(2) ?? 0,
    columns: (group.structs(1) ?? []).map((chunk) => columnChunkOf(chunk, sizeBytes)),
  };
}

function columnChunkOf(chunk: ThriftStruct, sizeBytes: number): ColumnChunk {
  const metadata = chunk.struct(3);
  const path = (metadata?.texts(3) ?? []).join(".");
  const encryption = chunk.struct(8);
  if (encryption) {
    const column = path || (encryption.struct(2)?.texts(1) ?? []).join(".");
    throw new ParquetError(
      `column "${column}" is encrypted, expected one that is not; decrypt the file first`,
      {
        column,
      },
    );
  }
  if (!metadata) throw damaged("a column of its footer has no metadata");
  const otherFile = chunk.text(1);
  if (otherFile) {
    throw new ParquetError(
      `column "${path}" is kept in another file, "${otherFile}", expected it in this one`,
      {
        column: path,
      },
    );
  }
  const dictionaryStart = metadata.int(11) ?? 0;
  const dataStart = countOf(metadata.int(9), `the place of column "${path}"`);
  // Offset 0 is the file's magic: some writers use it for "no dictionary".
  const start = dictionaryStart > 0 && dictionaryStart < dataStart ? dictionaryStart : dataStart;
  const end = start + countOf(metadata.int(7), `the size of column "${path}"`);
  if (end > sizeBytes) throw damaged(`column "${path}" should end at byte ${end}, after the file's end`);
  const type = metadata.int(1);
  if (PHYSICAL_TYPES[type ?? -1] === undefined) {
    throw new ParquetError(
      `column "${path}" is of the physical type ${nameOf(PHYSICAL_TYPES, type)}, which is unknown`,
    );
  }
  return {
    path,
    codec: metadata.int(4) ?? 0,
    encodings: metadata.ints(2) ?? [],
    valueCount: countOf(metadata.int(5), `the number of values of column "${path}"`),
    start,
    end,
  };
}
