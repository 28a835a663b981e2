import { CONVERTED_TYPES, type ConvertedType } from "./enums.ts";
import type { ThriftStruct } from "./thrift.ts";

export type TimeUnit = "ms" | "us" | "ns";

/** The meaning of a column's values or a group's fields; `undefined` if there is no such annotation. */
export type LogicalType =
  | { readonly kind: "string" | "enum" | "json" | "bson" | "uuid" | "float16" | "null" | "date" | "interval" }
  | { readonly kind: "list" | "map" | "variant" | "geometry" }
  | { readonly kind: "integer"; readonly bits: number; readonly isSigned: boolean }
  | { readonly kind: "decimal"; readonly scale: number }
  | { readonly kind: "time"; readonly unit: TimeUnit }
  | { readonly kind: "timestamp"; readonly unit: TimeUnit; readonly isUtc: boolean }
  /** Not part of Parquet: from the Arrow schema that some writers store in the file. */
  | { readonly kind: "duration"; readonly unit: "s" | TimeUnit };

/** Members of the union LogicalType in parquet.thrift that have no parameters. */
const BARE: Readonly<Record<number, LogicalType>> = {
  1: { kind: "string" },
  2: { kind: "map" },
  3: { kind: "list" },
  4: { kind: "enum" },
  6: { kind: "date" },
  11: { kind: "null" },
  12: { kind: "json" },
  13: { kind: "bson" },
  14: { kind: "uuid" },
  15: { kind: "float16" },
  16: { kind: "variant" },
  17: { kind: "geometry" },
  18: { kind: "geometry" },
};

const CONVERTED: Readonly<Partial<Record<ConvertedType, LogicalType>>> = {
  UTF8: { kind: "string" },
  MAP: { kind: "map" },
  MAP_KEY_VALUE: { kind: "map" },
  LIST: { kind: "list" },
  ENUM: { kind: "enum" },
  DATE: { kind: "date" },
  TIME_MILLIS: { kind: "time", unit: "ms" },
  TIME_MICROS: { kind: "time", unit: "us" },
  // Written by older writers: Parquet's rules define these as instants.
  TIMESTAMP_MILLIS: { kind: "timestamp", unit: "ms", isUtc: true },
  TIMESTAMP_MICROS: { kind: "timestamp", unit: "us", isUtc: true },
  UINT_8: { kind: "integer", bits: 8, isSigned: false },
  UINT_16: { kind: "integer", bits: 16, isSigned: false },
  UINT_32: { kind: "integer", bits: 32, isSigned: false },
  UINT_64: { kind: "integer", bits: 64, isSigned: false },
  INT_8: { kind: "integer", bits: 8, isSigned: true },
  INT_16: { kind: "integer", bits: 16, isSigned: true },
  INT_32: { kind: "integer", bits: 32, isSigned: true },
  INT_64: { kind: "integer", bits: 64, isSigned: true },
  JSON: { kind: "json" },
  BSON: { kind: "bson" },
  INTERVAL: { kind: "interval" },
};

/** The logical type of a schema element, from its newer annotation, otherwise from the older one. */
export function logicalTypeOf(element: ThriftStruct): LogicalType | undefined {
  const logical = element.struct(10);
  const found = logical && ofUnion(logical);
  if (found) return found;
  const converted = CONVERTED_TYPES[element.int(6) ?? -1];
  if (converted === "DECIMAL") return { kind: "decimal", scale: element.int(7) ?? 0 };
  return converted && CONVERTED[converted];
}

function ofUnion(logical: ThriftStruct): LogicalType | undefined {
  for (const [id, type] of Object.entries(BARE)) if (logical.struct(Number(id))) return type;
  const decimal = logical.struct(5);
  if (decimal) return { kind: "decimal", scale: decimal.int(1) ?? 0 };
  const time = logical.struct(7);
  if (time) return { kind: "time", unit: unitOf(time) };
  const timestamp = logical.struct(8);
  if (timestamp) return { kind: "timestamp", unit: unitOf(timestamp), isUtc: timestamp.bool(1) ?? false };
  const integer = logical.struct(10);
  return integer && { kind: "integer", bits: integer.int(1) ?? 64, isSigned: integer.bool(2) ?? true };
}

function unitOf(type: ThriftStruct): TimeUnit {
  const unit = type.struct(2);
  return unit?.struct(1) ? "ms" : unit?.struct(3) ? "ns" : "us";
}
