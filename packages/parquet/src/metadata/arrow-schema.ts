import { Buffer } from "node:buffer";
import type { LogicalType } from "./logical-type.ts";

/** The key under which Arrow's writers (pyarrow, Polars, arrow-rs, arrow-go) store their own schema, in base64. */
export const ARROW_SCHEMA_KEY = "ARROW:schema";

/** Number of Duration in the union Type of Arrow's Schema.fbs. */
const DURATION = 18;
const DURATION_UNITS = ["s", "ms", "us", "ns"] as const;
/**
 * `0xFFFFFFFF`, then the message's size. Messages of old writers, or over 4 GiB, start differently and are not read.
 */
const PREFIX_BYTES = 8;
const MAX_DEPTH = 64;

/** A field of Arrow's schema, reduced to what Parquet's schema does not contain. */
export interface ArrowField {
  readonly name: string;
  /** Set for durations: Parquet has no such type, and stores a number. */
  readonly logical: LogicalType | undefined;
  readonly children: readonly ArrowField[];
}

/**
 * The fields of an Arrow writer's schema; empty if there is no readable one. It is optional: the file is complete
 * without it.
 */
export function arrowFields(base64: string | undefined): readonly ArrowField[] {
  if (!base64) return [];
  try {
    const message = Table.root(Buffer.from(base64, "base64").subarray(PREFIX_BYTES));
    // Message.fbs: header (field 2). Schema.fbs: fields (field 1).
    return (
      message
        .table(2)
        ?.tables(1)
        .map((field) => fieldOf(field, 0)) ?? []
    );
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** Schema.fbs, Field: name (0), type's number (2) and table (3), children (5). */
function fieldOf(field: Table, depth: number): ArrowField {
  if (depth > MAX_DEPTH) throw new RangeError("nested too deep");
  const children = field.tables(5).map((child) => fieldOf(child, depth + 1));
  const isDuration = field.byte(2) === DURATION;
  // Milliseconds are the schema language's default, which is not written.
  const unit = DURATION_UNITS[field.table(3)?.short(0) ?? 1] ?? "ms";
  return { name: field.text(0), logical: isDuration ? { kind: "duration", unit } : undefined, children };
}

/** A FlatBuffers table. All reads are checked: `RangeError` past the end. */
class Table {
  readonly #bytes: Buffer;
  readonly #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  static root(bytes: Buffer): Table {
    return new Table(bytes, bytes.readUInt32LE(0));
  }

  byte(field: number): number | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : this.#bytes.readUInt8(at);
  }

  short(field: number): number | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : this.#bytes.readInt16LE(at);
  }

  text(field: number): string {
    const at = this.#target(field);
    return at === undefined
      ? ""
      : this.#bytes.toString("utf8", at + 4, at + 4 + this.#bytes.readUInt32LE(at));
  }

  table(field: number): Table | undefined {
    const at = this.#target(field);
    return at === undefined ? undefined : new Table(this.#bytes, at);
  }

  tables(field: number): readonly Table[] {
    const at = this.#target(field);
    if (at === undefined) return [];
    const count = this.#bytes.readUInt32LE(at);
    if (count > this.#bytes.length) throw new RangeError("a vector is longer than the buffer");
    return Array.from({ length: count }, (_, i) => {
      const place = at + 4 + 4 * i;
      return new Table(this.#bytes, place + this.#bytes.readUInt32LE(place));
    });
  }

  /** Position of a field's value; undefined when the field has its default. */
  #place(field: number): number | undefined {
    const vtable = this.#at - this.#bytes.readInt32LE(this.#at);
    const entry = 4 + 2 * field;
    if (entry >= this.#bytes.readUInt16LE(vtable)) return undefined;
    const offset = this.#bytes.readUInt16LE(vtable + entry);
    return offset === 0 ? undefined : this.#at + offset;
  }

  #target(field: number): number | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : at + this.#bytes.readUInt32LE(at);
  }
}
