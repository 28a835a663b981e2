import type { Buffer } from "node:buffer";
import { decompress } from "../codecs/decompress.ts";
import { decodeByteStreamSplit } from "../encodings/byte-stream-split.ts";
import { decodeDelta, decodeDeltaLengths, decodeDeltaPrefixes } from "../encodings/delta.ts";
import { decodeBitPacked, decodeHybrid } from "../encodings/hybrid.ts";
import { decodePlain, expectBytes } from "../encodings/plain.ts";
import { isByteValues, type Values } from "../encodings/values.ts";
import { ENCODINGS, nameOf } from "../metadata/enums.ts";
import type { LeafType } from "../metadata/schema-tree.ts";
import { damaged, ParquetError } from "../parquet-error.ts";
import type { PageHeader } from "./page-header.ts";

/** What is needed to read the pages of a column. */
export interface PageContext {
  readonly type: LeafType;
  readonly codec: number;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** One decoded data page. Levels are absent if every entry has the highest level. */
export interface Page {
  readonly entries: number;
  readonly definition: Uint8Array | undefined;
  readonly repetition: Uint8Array | undefined;
  /** For the entries that have a value, in order. */
  readonly values: Values | DictionaryIndices;
}

/** Indices into the column's dictionary. */
export interface DictionaryIndices {
  readonly indices: Int32Array;
}

/** Decodes a data page. @throws {ParquetError} */
export function decodePage(header: PageHeader, packed: Buffer, context: PageContext): Page {
  return header.v2 ? version2(header, packed, context) : version1(header, packed, context);
}

/** Decodes a dictionary. @throws {ParquetError} */
export function decodeDictionary(header: PageHeader, packed: Buffer, { codec, type }: PageContext): Values {
  return decodePlain(decompress(codec, packed, header.bytes), type, header.valueCount);
}

function version1(header: PageHeader, packed: Buffer, context: PageContext): Page {
  const { valueCount, levelEncodings } = header;
  let rest = decompress(context.codec, packed, header.bytes);
  const levels = (max: number, encoding: number): Uint8Array | undefined => {
    if (max === 0) return undefined;
    const read = prefixedLevels(rest, { max, count: valueCount, encoding });
    rest = rest.subarray(read.end);
    return read.levels;
  };
  const repetition = levels(context.maxRepetition, levelEncodings.repetition);
  const definition = levels(context.maxDefinition, levelEncodings.definition);
  return pageOf(header, rest, { definition, repetition, context });
}

function version2(header: PageHeader, packed: Buffer, context: PageContext): Page {
  const { definitionBytes, repetitionBytes, isPacked } = header.v2 as NonNullable<PageHeader["v2"]>;
  const levelBytes = repetitionBytes + definitionBytes;
  if (levelBytes > packed.length || levelBytes > header.bytes)
    throw damaged("the levels of a page are cut off");
  const levels = (max: number, bytes: Buffer): Uint8Array | undefined => {
    if (max === 0) return undefined;
    const output = new Uint8Array(header.valueCount);
    decodeHybrid(bytes, bitWidthOf(max), output);
    return checkLevels(output, max);
  };
  const repetition = levels(context.maxRepetition, packed.subarray(0, repetitionBytes));
  const definition = levels(context.maxDefinition, packed.subarray(repetitionBytes, levelBytes));
  const values = packed.subarray(levelBytes);
  const rest = isPacked ? decompress(context.codec, values, header.bytes - levelBytes) : values;
  return pageOf(header, rest, { definition, repetition, context });
}

function prefixedLevels(
  bytes: Buffer,
  { max, count, encoding }: { readonly max: number; readonly count: number; readonly encoding: number },
): { readonly levels: Uint8Array; readonly end: number } {
  const levels = new Uint8Array(count);
  if (nameOf(ENCODINGS, encoding) === "BIT_PACKED") {
    const end = decodeBitPacked(bytes, bitWidthOf(max), levels);
    return { levels: checkLevels(levels, max), end };
  }
  expectBytes(bytes, 4);
  const end = 4 + bytes.readUInt32LE(0);
  expectBytes(bytes, end);
  decodeHybrid(bytes.subarray(4, end), bitWidthOf(max), levels);
  return { levels: checkLevels(levels, max), end };
}

function checkLevels(levels: Uint8Array, max: number): Uint8Array {
  // Only if the bits can hold more than the highest level.
  if ((max & (max + 1)) !== 0 && levels.some((level) => level > max))
    throw damaged(`a page has levels above ${max}`);
  return levels;
}

function bitWidthOf(max: number): number {
  return 32 - Math.clz32(max);
}

function pageOf(
  header: PageHeader,
  bytes: Buffer,
  levels: {
    readonly definition: Uint8Array | undefined;
    readonly repetition: Uint8Array | undefined;
    readonly context: PageContext;
  },
): Page {
  const { definition, repetition, context } = levels;
  const count = definition ? countOf(definition, context.maxDefinition) : header.valueCount;
  return {
    entries: header.valueCount,
    definition: count === header.valueCount ? undefined : definition,
    repetition,
    values: decodeValues(header.encoding, bytes, { type: context.type, count }),
  };
}

function countOf(levels: Uint8Array, level: number): number {
  let count = 0;
  for (let i = 0; i < levels.length; i += 1) if (levels[i] === level) count += 1;
  return count;
}

type Decode = (bytes: Buffer, type: LeafType, count: number) => Values | DictionaryIndices;

const DECODE: Readonly<Record<string, Decode>> = {
  PLAIN: decodePlain,
  PLAIN_DICTIONARY: dictionaryIndices,
  RLE_DICTIONARY: dictionaryIndices,
  RLE: runLengthBooleans,
  DELTA_BINARY_PACKED: (bytes, { physical }, count) =>
    decodeDelta(bytes, count, { bits: physical === "INT32" ? 32 : 64 }).values,
  DELTA_LENGTH_BYTE_ARRAY: (bytes, _, count) => decodeDeltaLengths(bytes, count),
  DELTA_BYTE_ARRAY: (bytes, _, count) => decodeDeltaPrefixes(bytes, count),
  BYTE_STREAM_SPLIT: decodeByteStreamSplit,
};

/** Physical types that an encoding supports; other encodings support all types. */
const TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  RLE: ["BOOLEAN"],
  DELTA_BINARY_PACKED: ["INT32", "INT64"],
  DELTA_LENGTH_BYTE_ARRAY: ["BYTE_ARRAY"],
  DELTA_BYTE_ARRAY: ["BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"],
  BYTE_STREAM_SPLIT: ["INT32", "INT64", "FLOAT", "DOUBLE", "FIXED_LEN_BYTE_ARRAY"],
};

/** True if values or levels of pages may have this encoding. */
export function isKnownEncoding(encoding: number): boolean {
  const name = nameOf(ENCODINGS, encoding);
  return DECODE[name] !== undefined || name === "BIT_PACKED";
}

function decodeValues(
  encoding: number,
  bytes: Buffer,
  { type, count }: { readonly type: LeafType; readonly count: number },
): Values | DictionaryIndices {
  const name = nameOf(ENCODINGS, encoding);
  const decode = DECODE[name];
  if (!decode) throw new ParquetError(`it has a page of the encoding ${name}, which cannot be read`);
  if (TYPES_OF[name] && !TYPES_OF[name].includes(type.physical)) {
    throw damaged(`a page of ${type.physical} values has the encoding ${name}`);
  }
  const values = decode(bytes, type, count);
  if (type.valueBytes > 0 && !("indices" in values)) checkLengths(values, type.valueBytes);
  return values;
}

function checkLengths(values: Values, valueBytes: number): void {
  if (!isByteValues(values)) return;
  for (const [i, start] of values.starts.entries()) {
    if ((values.ends[i] as number) - start !== valueBytes)
      throw damaged(`a value does not have the ${valueBytes} bytes of its column`);
  }
}

function dictionaryIndices(bytes: Buffer, _: LeafType, count: number): DictionaryIndices {
  const indices = new Int32Array(count);
  // A page with only nulls may omit the width.
  if (count > 0) {
    expectBytes(bytes, 1);
    decodeHybrid(bytes.subarray(1), bytes[0] as number, indices);
  }
  return { indices };
}

function runLengthBooleans(bytes: Buffer, _: LeafType, count: number): Values {
  const values = new Uint8Array(count);
  if (count > 0) {
    expectBytes(bytes, 4);
    decodeHybrid(bytes.subarray(4), 1, values);
  }
  return values;
}
