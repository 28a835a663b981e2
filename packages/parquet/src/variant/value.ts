import type { Buffer } from "node:buffer";
import { damaged, ParquetError } from "../parquet-error.ts";
import { textOf } from "../values/bytes.ts";
import type { NanRule } from "../values/numbers.ts";
import { unsigned, type VariantNames } from "./metadata.ts";
import { primitiveText } from "./primitive.ts";

const MAX_DEPTH = 500;
const BASIC = { primitive: 0, shortString: 1, object: 2, array: 3 } as const;

export interface VariantContext {
  readonly names: VariantNames;
  readonly nan: NanRule;
}

/** The JSON text of a variant's value. Source: VariantEncoding.md of Apache Parquet. @throws {ParquetError} */
export function variantText(value: Buffer, context: VariantContext, depth = 0): string {
  if (depth > MAX_DEPTH)
    throw new ParquetError(`it has a variant that is nested deeper than ${MAX_DEPTH} levels`);
  const header = (value[0] ?? 0) >> 2;
  switch ((value[0] ?? 0) & 3) {
    case BASIC.primitive:
      return primitiveText(header, value.subarray(1), context.nan);
    case BASIC.shortString:
      if (1 + header > value.length) throw damaged("a variant is cut off");
      return JSON.stringify(textOf(value.subarray(1, 1 + header)));
    case BASIC.object: {
      const fields = [...objectFields(value, context, depth)];
      return `{${fields.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
    }
    default:
      return `[${[...arrayElements(value, header, (element) => variantText(element, context, depth + 1))].join(",")}]`;
  }
}

/** True for a value that is an object. */
export function isVariantObject(value: Buffer): boolean {
  return ((value[0] ?? 0) & 3) === BASIC.object;
}

/** Names and JSON texts of an object's fields. @throws {ParquetError} */
export function* objectFields(
  value: Buffer,
  context: VariantContext,
  depth = 0,
): Generator<readonly [string, string]> {
  const header = (value[0] ?? 0) >> 2;
  const offsetBytes = (header & 3) + 1;
  const idBytes = ((header >> 2) & 3) + 1;
  const countBytes = (header >> 4) & 1 ? 4 : 1;
  const count = unsigned(value, 1, countBytes);
  const ids = 1 + countBytes;
  const offsets = ids + count * idBytes;
  const start = offsets + (count + 1) * offsetBytes;
  for (let i = 0; i < count; i += 1) {
    const name = context.names[unsigned(value, ids + i * idBytes, idBytes)];
    if (name === undefined) throw damaged("a variant has a field without a name");
    const from = start + unsigned(value, offsets + i * offsetBytes, offsetBytes);
    if (from >= value.length) throw damaged("a variant is cut off");
    yield [name, variantText(value.subarray(from), context, depth + 1)];
  }
}

function* arrayElements(value: Buffer, header: number, text: (element: Buffer) => string): Generator<string> {
  const offsetBytes = (header & 3) + 1;
  const countBytes = (header >> 2) & 1 ? 4 : 1;
  const count = unsigned(value, 1, countBytes);
  const offsets = 1 + countBytes;
  const start = offsets + (count + 1) * offsetBytes;
  for (let i = 0; i < count; i += 1) {
    const from = start + unsigned(value, offsets + i * offsetBytes, offsetBytes);
    if (from >= value.length) throw damaged("a variant is cut off");
    yield text(value.subarray(from));
  }
}
