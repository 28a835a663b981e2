import { types } from "node:util";

const { getPrototypeOf, prototype: OBJECT } = Object;

/** A tensor of ONNX Runtime or transformers.js: `data` has the values of all axes, row by row. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Values;
  readonly type: string;
  readonly size: number;
}

type Values = readonly unknown[] | Float64Array;

/** Does not read the data, which a tensor on a GPU refuses. Plain objects with such fields stay objects. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === OBJECT || prototype === null) return false;
  const { dims, type, size } = value as Partial<Record<keyof Tensor, unknown>>;
  return Array.isArray(dims) && typeof type === "string" && typeof size === "number" && "data" in value;
}

/**
 * The values of a tensor: nested arrays, whose innermost may be typed arrays.
 * @throws {RangeError} when there are more or fewer values than `dims` says
 */
export function tensorValues({ dims, data, type }: Tensor): unknown {
  const count = dims.reduce((product, axis) => product * axis, 1);
  if (data?.length !== count) {
    throw new RangeError(`dims [${dims.join(", ")}] need ${count} values, and data has ${data?.length}`);
  }
  const values = readable(data, type);
  return dims.length === 0 ? values[0] : nested(values, dims, { axis: 0, offset: 0 });
}

function nested(
  values: Values,
  dims: readonly number[],
  { axis, offset }: { readonly axis: number; readonly offset: number },
): unknown {
  const length = dims[axis] ?? 0;
  if (axis === dims.length - 1) return part(values, offset, length);
  const step = dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Array.from({ length }, (_, at) =>
    nested(values, dims, { axis: axis + 1, offset: offset + at * step }),
  );
}

function part(values: Values, start: number, length: number): Values {
  return Array.isArray(values)
    ? values.slice(start, start + length)
    : (values as Float64Array).subarray(start, start + length);
}

/** ONNX Runtime keeps booleans as bytes and, where there is no `Float16Array`, half floats as their bits. */
function readable(data: Values, type: string): Values {
  if (type === "bool") return Array.from(data as ArrayLike<unknown>, Boolean);
  if (type === "float16" && types.isUint16Array(data)) return Array.from(data as Uint16Array, halfFloat);
  return data;
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
