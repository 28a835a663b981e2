import { Buffer } from "node:buffer";
import { isMillraceError } from "../../errors.ts";
import type { ObjectStat, ObjectStore } from "../../ports/object-store.ts";
import { writeObject } from "../../write-object.ts";
import { gzip } from "./gzip.ts";
import type { Packing } from "./packing.ts";
import { utf16 } from "./utf16.ts";
import { zstd } from "./zstd.ts";

/** Length of the longest signature of a packing. */
const MAGIC_BYTES = 4;

/**
 * Every packing, in the order in which a file may be wrapped, at most one from each row: compressed first, then
 * encoded.
 */
const LAYERS: readonly (readonly Packing[])[] = [[gzip, zstd], [utf16]];

export interface UnpackOptions {
  /** The object's first bytes. */
  readonly head: Uint8Array;
  /** Where the unpacked bytes go. */
  readonly spoolUri: string;
  /** The file as the user named it, for errors. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
}

/** The packing that the first bytes show, if any. */
export function packingOf(head: Uint8Array): Packing | undefined {
  return LAYERS.flat().find((packing) => packing.matches(head));
}

/** A name without the extensions of packings, and the packing that the outermost extension implies. */
export function unpackedName(name: string): { readonly name: string; readonly packing?: Packing } {
  for (const packing of LAYERS.flat()) {
    const ending = packing.endings.find((candidate) => name.toLowerCase().endsWith(candidate));
    if (ending) return { name: unpackedName(name.slice(0, -ending.length)).name, packing };
  }
  return { name };
}

/**
 * Unpacks an object once, through all its layers; undefined when it is not packed. An object that already exists at
 * `spoolUri` is reused: objects appear whole, and batches planned on it refer to its version.
 *
 * @throws {MillraceError} malformed_input, input_changed
 */
export async function unpack(
  objects: ObjectStore,
  stat: ObjectStat,
  { head, spoolUri, file, signal }: UnpackOptions,
): Promise<ObjectStat | undefined> {
  if (!packingOf(head)) return undefined;
  try {
    return await objects.stat(spoolUri);
  } catch (error) {
    if (!isMillraceError(error, "object_not_found")) throw error;
  }
  const packed = objects.stream(stat.uri, { version: stat.version, ...(signal ? { signal } : {}) });
  return writeObject(objects, spoolUri, { chunks: unwrapped(packed, file) });
}

/** The bytes inside all layers. */
async function* unwrapped(packed: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  let bytes = packed;
  for (const layer of LAYERS) {
    const { first, all } = await peek(bytes);
    const packing = layer.find((candidate) => candidate.matches(first));
    bytes = packing ? packing.unpack(all, { file }) : all;
  }
  yield* bytes;
}

/** The first bytes of a stream, and the whole stream again. */
async function peek(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly first: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const pieces = stream[Symbol.asyncIterator]();
  let first: Uint8Array = new Uint8Array();
  while (first.length < MAGIC_BYTES) {
    const { done, value } = await pieces.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  return { first, all: resume(first, pieces) };
}

async function* resume(first: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
  } finally {
    await pieces.return?.();
  }
}
