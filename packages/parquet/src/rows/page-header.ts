import { countOf } from "../metadata/count.ts";
import { nameOf, PAGE_TYPES, type PageType } from "../metadata/enums.ts";
import { readStruct, type ThriftStruct } from "../metadata/thrift.ts";
import { damaged } from "../parquet-error.ts";

/** Maximum number of values that a page may claim; more would cost too much memory. */
const MAX_PAGE_VALUES = 1 << 26;

export interface PageHeader {
  readonly type: PageType;
  /** Number of bytes after this header, and their unpacked size. */
  readonly packedBytes: number;
  readonly bytes: number;
  /** CRC-32 of the page's packed bytes, if the writer stored one. */
  readonly checksum: number | undefined;
  /** Entries of a data page, including nulls; values of a dictionary. */
  readonly valueCount: number;
  readonly encoding: number;
  /** Encodings of the levels of a version 1 data page. */
  readonly levelEncodings: { readonly definition: number; readonly repetition: number };
  /** For a version 2 data page. */
  readonly v2?: {
    readonly rows: number;
    readonly definitionBytes: number;
    readonly repetitionBytes: number;
    readonly isPacked: boolean;
  };
}

const RLE = 3;

/**
 * Reads the header that starts at `offset`, and where its page starts. @throws {ParquetError} `isCutOff` when there are
 * too few bytes
 */
export function readPageHeader(
  bytes: Uint8Array,
  offset: number,
): { readonly header: PageHeader; readonly end: number } {
  const { struct, end } = readStruct(bytes, offset);
  const type = PAGE_TYPES[struct.int(1) ?? -1];
  if (!type) throw damaged(`a page is of the type ${nameOf(PAGE_TYPES, struct.int(1))}`);
  const common = {
    type,
    bytes: countOf(struct.int(2), "a page's unpacked size"),
    packedBytes: countOf(struct.int(3), "a page's size"),
    checksum: struct.int(4),
  };
  const levels = { definition: RLE, repetition: RLE };
  if (type === "index")
    return { header: { ...common, valueCount: 0, encoding: 0, levelEncodings: levels }, end };
  const of = struct.struct(type === "data" ? 5 : type === "dictionary" ? 7 : 8);
  if (!of) throw damaged("a page has no header of its own");
  return { header: { ...common, ...(type === "data v2" ? ofVersion2(of) : ofVersion1(of)) }, end };
}

function ofVersion1(header: ThriftStruct) {
  return {
    valueCount: values(header.int(1)),
    encoding: header.int(2) ?? -1,
    levelEncodings: { definition: header.int(3) ?? RLE, repetition: header.int(4) ?? RLE },
  };
}

function ofVersion2(header: ThriftStruct) {
  return {
    valueCount: values(header.int(1)),
    encoding: header.int(4) ?? -1,
    levelEncodings: { definition: RLE, repetition: RLE },
    v2: {
      rows: countOf(header.int(3), "a page's number of rows"),
      definitionBytes: countOf(header.int(5), "a page's size of definition levels"),
      repetitionBytes: countOf(header.int(6), "a page's size of repetition levels"),
      isPacked: header.bool(7) ?? true,
    },
  };
}

function values(count: number | undefined): number {
  const checked = countOf(count, "a page's number of values");
  if (checked > MAX_PAGE_VALUES)
    throw damaged(`a page should hold ${checked} values, expected ${MAX_PAGE_VALUES} at most`);
  return checked;
}
