import { types } from "node:util";
import { messageOf, nameOf } from "./describe-error.ts";
import { isPromise } from "./settle-promises.ts";
import { isTensor, tensorValues } from "./tensor.ts";

// Captured before the predictor is loaded, since it may replace it.
const { stringify } = JSON;
const { getPrototypeOf, prototype: OBJECT } = Object;
const ARRAY = Array.prototype;
const { join } = getPrototypeOf(Int8Array.prototype) as { join(this: object, separator: string): string };
const { getTime } = Date.prototype;
const MAX_DEPTH = 500;
const MAX_SHOWN_CHARS = 200;

/** A predictor's output that JSON cannot represent; the message contains the position. */
export class InvalidOutputError extends Error {
  override readonly name = "InvalidOutputError";
  readonly #isOurs = true;

  constructor(reason: string) {
    super(`Cannot use the output of predict: ${reason}`);
  }

  /** Does not access the value, which may be anything. */
  static is(value: unknown): value is InvalidOutputError {
    return typeof value === "object" && value !== null && #isOurs in value && value.#isOurs;
  }
}

/** What becomes of NaN and infinities. */
export type NanRule = "error" | "null" | "string";

/** Thrown for an output whose arrays contain promises, which must be awaited first. */
export const UNSETTLED = Symbol("unsettled");

/**
 * Writes any value as JSON, or reports which part of it JSON cannot represent, such as `output[3].score is NaN`.
 * Several times slower than `JSON.stringify`, which drops things silently.
 *
 * Typed arrays, sets and tensors become lists, maps become objects, a bigint becomes its digits, `undefined` is omitted in
 * objects and null in arrays; a value with `toJSON` becomes its result.
 * @throws {InvalidOutputError}
 */
export function writeJson(
  value: unknown,
  { path = "", nan = "error" }: { readonly path?: string; readonly nan?: NanRule | undefined } = {},
): string {
  const writer = new Writer(path, nan);
  try {
    return writer.write(value);
  } catch (error) {
    if (InvalidOutputError.is(error) || error === UNSETTLED) throw error;
    // A getter or toJSON that throws, or a revoked proxy.
    throw new InvalidOutputError(`${writer.place} cannot be read: ${messageOf(error)}`);
  }
}

class Writer {
  readonly #names: string[];
  /** The containers being written, outermost first. */
  readonly #open: object[] = [];
  readonly #nan: NanRule;

  constructor(path: string, nan: NanRule) {
    this.#names = [path];
    this.#nan = nan;
  }

  get place(): string {
    const path = this.#names.join("");
    return path.length <= MAX_SHOWN_CHARS ? path : `${path.slice(0, MAX_SHOWN_CHARS / 2)}…`;
  }

  write(value: unknown): string {
    switch (typeof value) {
      case "string":
      case "boolean":
        return stringify(value);
      case "number":
        return Number.isFinite(value) ? stringify(value) : this.#notFinite(value);
      case "bigint":
        return `${value}`;
      case "undefined":
        return "null";
      case "object":
        return value === null ? "null" : this.#object(value);
      default:
        return this.#refuse(`is a ${typeof value}, expected a JSON value`);
    }
  }

  #notFinite(value: number): string {
    if (this.#nan === "null") return "null";
    if (this.#nan === "string") return `"${value}"`;
    return this.#refuse(
      `is ${value}, expected a finite number or null: set output.nan to get it as null or as a string`,
    );
  }

  #object(value: object): string {
    if (this.#open.includes(value)) return this.#refuse("is circular: it contains itself");
    if (this.#open.length >= MAX_DEPTH) return this.#refuse("is nested too deeply");
    if (isPromise(value)) {
      if (this.#open.every((one) => Array.isArray(one))) throw UNSETTLED;
      return this.#refuse("is a promise: await it");
    }
    this.#open.push(value);
    const text = this.#container(value);
    this.#open.pop();
    return text;
  }

  #container(value: object): string {
    if (types.isTypedArray(value)) return this.#numbers(value as Float64Array);
    if (types.isMap(value)) return this.#map(value);
    if (types.isSet(value)) return this.#list([...value]);
    if (isTensor(value)) return this.write(tensorValues(value));
    if (types.isBoxedPrimitive(value)) return this.write(value.valueOf());
    const misfit = misfitOf(value);
    if (misfit) return this.#refuse(`is ${misfit}`);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function" && !isPolluted(toJSON)) {
      return this.#written(toJSON.call(value, ""), value);
    }
    return Array.isArray(value) ? this.#list(value) : this.#fields(value);
  }

  /** Writes the result of a toJSON; if that has a toJSON of its own, it is not called. */
  #written(json: unknown, from: object): string {
    if (json === from && !Array.isArray(json)) return this.#fields(from);
    return this.write(json);
  }

  #numbers(array: Float64Array): string {
    // All elements of a BigInt64Array are finite.
    if (!types.isBigInt64Array(array) && !types.isBigUint64Array(array)) {
      for (let at = 0; at < array.length; at++)
        if (!Number.isFinite(array[at])) return this.#list(Array.from(array));
    }
    return `[${join.call(array, ",")}]`;
  }

  #list(array: readonly unknown[]): string {
    let text = "[";
    for (let at = 0; at < array.length; at++)
      text += `${at > 0 ? "," : ""}${this.#part(`[${at}]`, array[at])}`;
    return `${text}]`;
  }

  #map(map: ReadonlyMap<unknown, unknown>): string {
    const keys = new Map<string, unknown>();
    const parts: string[] = [];
    for (const [key, part] of map) {
      const name = this.#key(key);
      if (keys.has(name)) {
        const two = `${typeof keys.get(name)} and ${typeof key}`;
        this.#refuse(
          `has two keys that are both ${stringify(name)} in JSON (${two}), expected distinct strings`,
        );
      }
      keys.set(name, key);
      parts.push(`${stringify(name)}:${this.#part(partName(name), part)}`);
    }
    return `{${parts.join(",")}}`;
  }

  #key(key: unknown): string {
    const isText =
      typeof key === "string" || typeof key === "bigint" || typeof key === "boolean" || key === null;
    if (isText || (typeof key === "number" && Number.isFinite(key))) return `${key}`;
    return this.#refuse(
      typeof key === "number"
        ? `has the key ${key}, expected a string`
        : `has a key of type ${typeof key}, expected a string`,
    );
  }

  #fields(value: object): string {
    const keys = Object.keys(value);
    const prototype = getPrototypeOf(value);
    // Only private fields or methods: JSON would be {}. A plain object may come from another realm.
    if (
      keys.length === 0 &&
      prototype !== null &&
      prototype !== OBJECT &&
      getPrototypeOf(prototype) !== null
    ) {
      return this.#refuse(
        `is a ${nameOf(value)} without any field that JSON can hold, expected a JSON value`,
      );
    }
    const parts: string[] = [];
    for (const key of keys) {
      const part = (value as Record<string, unknown>)[key];
      // A toJSON that returned its own object has already been called.
      const isAsked = key === "toJSON" && typeof part === "function";
      if (part === undefined || isAsked) continue;
      parts.push(`${stringify(key)}:${this.#part(partName(key), part)}`);
    }
    return `{${parts.join(",")}}`;
  }

  #part(name: string, part: unknown): string {
    this.#names.push(name);
    const text = this.write(part);
    this.#names.pop();
    return text;
  }

  #refuse(reason: string): never {
    throw new InvalidOutputError(`${this.place} ${reason}`);
  }
}

function partName(key: string): string {
  return /^[\w$]+$/.test(key) ? `.${key}` : `[${stringify(key)}]`;
}

/** Why a value is unsuitable although JSON would write it as an object with few or no fields. */
function misfitOf(value: object): string | undefined {
  if (types.isNativeError(value) || value instanceof Error) {
    return `an error (${messageOf(value)}), expected a JSON value: throw it, or return its message`;
  }
  if (types.isDate(value) && Number.isNaN(getTime.call(value)))
    return "an invalid Date, expected a valid one";
  const { next } = value as { next?: unknown };
  if (typeof next === "function" && (Symbol.iterator in value || Symbol.asyncIterator in value)) {
    return `an iterator (${nameOf(value)}), expected a JSON value: return an array of what it yields`;
  }
  if (types.isAnyArrayBuffer(value))
    return `an ${nameOf(value)}, expected a JSON value: use new Uint8Array(…)`;
  return undefined;
}

/** A toJSON that a predictor added to all objects or arrays says nothing about this one. */
function isPolluted(toJSON: unknown): boolean {
  return (
    toJSON === (OBJECT as { toJSON?: unknown }).toJSON || toJSON === (ARRAY as { toJSON?: unknown }).toJSON
  );
}
