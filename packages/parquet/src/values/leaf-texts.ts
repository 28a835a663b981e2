import type { ByteValues, Values } from "../encodings/values.ts";
import type { SchemaNode } from "../metadata/schema-tree.ts";
import { ParquetError } from "../parquet-error.ts";
import { base64Texts, jsonTexts, stringTexts, uuidTexts } from "./bytes.ts";
import { decimalTexts } from "./decimals.ts";
import {
  booleanTexts,
  floatTexts,
  halfTexts,
  integerTexts,
  longTexts,
  type NanRule,
  unsignedLongTexts,
  unsignedTexts,
} from "./numbers.ts";
import { dateTexts, durationTexts, int96Texts, timestampTexts, timeTexts } from "./times.ts";

/** Converts values to JSON texts. @throws {ParquetError} when a value does not match its type */
export type ToTexts = (values: Values) => string[];

/**
 * How the values of a column are written: by logical type, or by physical type if there is no logical type that fits
 * it.
 * @throws {ParquetError} for a type that cannot be written, naming the column
 */
export function leafTexts(node: SchemaNode, nan: NanRule): ToTexts {
  if (node.logical?.kind === "interval") {
    throw new ParquetError(
      `column "${node.path}" is of the type INTERVAL, which cannot be read; leave the column out, or cast it to a number or a text`,
      { column: node.path },
    );
  }
  return (logicalTexts(node, nan) ?? physicalTexts(node, nan)) as ToTexts;
}

type Of<V> = ((values: V) => string[]) | undefined;

function logicalTexts(node: SchemaNode, nan: NanRule): Of<never> {
  switch (node.leaf?.physical) {
    case "INT32":
      return ofInt32(node);
    case "INT64":
      return ofInt64(node);
    case "BYTE_ARRAY":
      return ofBytes(node);
    case "FIXED_LEN_BYTE_ARRAY":
      return ofFixedBytes(node, nan) ?? ofBytes(node);
    default:
      return undefined;
  }
}

function ofInt32({ logical }: SchemaNode): Of<Int32Array> {
  switch (logical?.kind) {
    case "integer":
      return logical.isSigned ? integerTexts : unsignedTexts;
    case "decimal":
      return (values) => decimalTexts(values, logical.scale);
    case "date":
      return dateTexts;
    case "time":
      return (values) => timeTexts(values, logical.unit);
    default:
      return undefined;
  }
}

function ofInt64({ logical }: SchemaNode): Of<BigInt64Array> {
  switch (logical?.kind) {
    case "integer":
      return logical.isSigned ? longTexts : unsignedLongTexts;
    case "decimal":
      return (values) => decimalTexts(values, logical.scale);
    case "time":
      return (values) => timeTexts(values, logical.unit);
    case "timestamp":
      return (values) => timestampTexts(values, logical);
    case "duration":
      return (values) => durationTexts(values, logical.unit);
    default:
      return undefined;
  }
}

function ofBytes({ logical }: SchemaNode): Of<ByteValues> {
  switch (logical?.kind) {
    case "string":
    case "enum":
      return stringTexts;
    case "json":
      return jsonTexts;
    case "decimal":
      return (values) => decimalTexts(values, logical.scale);
    default:
      // Also BSON and geometries (WKB): unchanged, for the libraries that read them.
      return undefined;
  }
}

function ofFixedBytes({ logical, leaf }: SchemaNode, nan: NanRule): Of<ByteValues> {
  if (logical?.kind === "uuid" && leaf?.valueBytes === 16) return uuidTexts;
  if (logical?.kind === "float16" && leaf?.valueBytes === 2) return (values) => halfTexts(values, nan);
  return undefined;
}

function physicalTexts({ leaf }: SchemaNode, nan: NanRule): Of<never> {
  switch (leaf?.physical) {
    case "BOOLEAN":
      return booleanTexts;
    case "INT32":
      return integerTexts;
    case "INT64":
      return longTexts;
    case "INT96":
      return int96Texts;
    case "FLOAT":
    case "DOUBLE":
      return (values: Float32Array | Float64Array) => floatTexts(values, nan);
    default:
      return base64Texts;
  }
}
