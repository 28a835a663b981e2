import { damaged, ParquetError } from "../parquet-error.ts";

/**
 * Reads structs in Thrift's compact protocol, in which Parquet stores its footer and page headers. Source:
 * thrift/doc/specs/thrift-compact-protocol.md of Apache Thrift.
 */

/** Types of fields and elements, by their number on the wire. */
const TYPE = {
  stop: 0,
  true: 1,
  false: 2,
  i8: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
  uuid: 13,
} as const;
/** Parquet's structs are about six levels deep. */
const MAX_DEPTH = 32;

export type ThriftValue = number | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct;

/** A struct, by field number. Getters return undefined for a field that is absent or of another type. */
export class ThriftStruct {
  readonly #fields = new Map<number, ThriftValue>();

  set(id: number, value: ThriftValue): void {
    this.#fields.set(id, value);
  }

  has(id: number): boolean {
    return this.#fields.has(id);
  }

  /** An integer; exact up to 2^53. */
  int(id: number): number | undefined {
    const value = this.#fields.get(id);
    return typeof value === "number" ? value : undefined;
  }

  bool(id: number): boolean | undefined {
    const value = this.#fields.get(id);
    return typeof value === "boolean" ? value : undefined;
  }

  text(id: number): string | undefined {
    const value = this.#fields.get(id);
    // Not TextDecoder, which would remove a byte-order mark.
    return value instanceof Uint8Array ? bufferOf(value).toString("utf8") : undefined;
  }

  struct(id: number): ThriftStruct | undefined {
    const value = this.#fields.get(id);
    return value instanceof ThriftStruct ? value : undefined;
  }

  structs(id: number): readonly ThriftStruct[] | undefined {
    const value = this.#fields.get(id);
    return Array.isArray(value) ? value.filter((element) => element instanceof ThriftStruct) : undefined;
  }

  ints(id: number): readonly number[] | undefined {
    const value = this.#fields.get(id);
    return Array.isArray(value) ? value.filter((element) => typeof element === "number") : undefined;
  }

  texts(id: number): readonly string[] | undefined {
    const value = this.#fields.get(id);
    if (!Array.isArray(value)) return undefined;
    return value
      .filter((element) => element instanceof Uint8Array)
      .map((text) => bufferOf(text).toString("utf8"));
  }
}

/** Reads the struct that starts at `offset`, and where it ends. @throws {ParquetError} */
export function readStruct(
  bytes: Uint8Array,
  offset = 0,
): { readonly struct: ThriftStruct; readonly end: number } {
  const reader = new CompactReader(bytes, offset);
  const struct = reader.struct(0);
  return { struct, end: reader.at };
}

class CompactReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(depth: number): ThriftStruct {
    const struct = new ThriftStruct();
    let id = 0;
    for (;;) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === TYPE.stop) return struct;
      const delta = head >> 4;
      id = delta === 0 ? this.#zigzag() : id + delta;
      struct.set(id, type === TYPE.true ? true : type === TYPE.false ? false : this.#value(type, depth));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    if (depth > MAX_DEPTH) throw damaged("its metadata is nested too deeply");
    switch (type) {
      case TYPE.true:
      case TYPE.false:
        // In a list, a boolean takes a byte of its own.
        return this.#byte() === 1;
      case TYPE.i8:
        return (this.#byte() << 24) >> 24;
      case TYPE.i16:
      case TYPE.i32:
      case TYPE.i64:
        return this.#zigzag();
      case TYPE.double:
        return bufferOf(this.#take(8)).readDoubleLE(0);
      case TYPE.binary:
        return this.#take(this.#varint());
      case TYPE.list:
      case TYPE.set:
        return this.#list(depth + 1);
      case TYPE.map:
        return this.#map(depth + 1);
      case TYPE.struct:
        return this.struct(depth + 1);
      case TYPE.uuid:
        return this.#take(16);
      default:
        throw damaged(`its metadata has a field of the unknown type ${type}`);
    }
  }

  #list(depth: number): readonly ThriftValue[] {
    const head = this.#byte();
    const short = head >> 4;
    const count = short === 15 ? this.#varint() : short;
    this.#expect(count);
    const values: ThriftValue[] = [];
    for (let i = 0; i < count; i += 1) values.push(this.#value(head & 0x0f, depth));
    return values;
  }

  /**
   * Parquet has no maps: this reads keys and values one after another, so that a map of a later version can be skipped.
   */
  #map(depth: number): readonly ThriftValue[] {
    const count = this.#varint();
    if (count === 0) return [];
    this.#expect(count);
    const types = this.#byte();
    const values: ThriftValue[] = [];
    for (let i = 0; i < count; i += 1) {
      values.push(this.#value(types >> 4, depth), this.#value(types & 0x0f, depth));
    }
    return values;
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw damaged("a number of its metadata does not end");
  }

  #byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw cutOff();
    this.at += 1;
    return byte;
  }

  #take(count: number): Uint8Array {
    this.#expect(count);
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  /** Every counted element takes at least one byte: a damaged count must not allocate gigabytes. */
  #expect(count: number): void {
    if (count > this.#bytes.length - this.at) throw cutOff();
  }
}

function cutOff(): ParquetError {
  return new ParquetError("its bytes are damaged: its metadata is cut off", { isCutOff: true });
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
