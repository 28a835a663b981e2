import { types } from "node:util";
import type { Vectors } from "../protocol.ts";
import { isTensor } from "./tensor.ts";

type Floats = Vectors["values"];

/** Shorter ones cost as little as text. */
const MIN_WIDTH = 16;

/** The output as one vector of finite numbers for each item, if it is that: a tensor, or an array of typed arrays. */
export function findVectors(value: unknown, itemCount: number): Omit<Vectors, "language"> | undefined {
  if (itemCount === 0) return undefined;
  let values: Floats | undefined;
  try {
    values = isTensor(value) ? tensorFloats(value, itemCount) : arrayFloats(value, itemCount);
  } catch {
    return undefined; // Such as a tensor that was disposed: it is reported when it is written as text.
  }
  if (!values || values.length < itemCount * MIN_WIDTH || !values.every(Number.isFinite)) return undefined;
  return { values, width: values.length / itemCount };
}

function tensorFloats({ dims, data }: { dims: readonly number[]; data: unknown }, itemCount: number) {
  const [rows = 0, width = 0] = dims;
  if (dims.length !== 2 || rows !== itemCount || !isFloats(data)) return undefined;
  return data.length === rows * width ? data : undefined;
}

function arrayFloats(value: unknown, itemCount: number): Floats | undefined {
  if (types.isProxy(value) || !Array.isArray(value) || value.length !== itemCount) return undefined;
  const [first] = value as readonly unknown[];
  if (!isFloats(first)) return undefined;
  const kind = first instanceof Float32Array ? Float32Array : Float64Array;
  const isSame = (one: unknown) => one instanceof kind && one.length === first.length;
  if (!value.every(isSame)) return undefined;
  const values = new kind(itemCount * first.length);
  for (const [item, vector] of (value as readonly Floats[]).entries())
    values.set(vector, item * first.length);
  return values;
}

function isFloats(value: unknown): value is Floats {
  return value instanceof Float32Array || value instanceof Float64Array;
}
