import type { ReadingRules } from "../job.ts";
import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStat, ObjectStore } from "../ports/object-store.ts";
import { detectFormat } from "./detection/detect-format.ts";
import { jsonArrayElements } from "./detection/json-array-file.ts";
import type { DatasetFormat, SourceMeta } from "./formats/format.ts";
import { jsonArray } from "./formats/json-array.ts";
import { ndjson } from "./formats/ndjson.ts";
import { formatNamed } from "./formats/registry.ts";
import { checkPackedName } from "./packing/packed-name.ts";
import { unpack, unpackedName } from "./packing/unpack.ts";

/** A file's type must show within these bytes: the names in a workbook come late. */
const HEAD_BYTES = 8 * 1024;

export interface OpenSourceOptions {
  /** Number of the source in the job, from 0. */
  readonly id: number;
  /** Where a packed object is unpacked to, once; an object owned by the job. */
  readonly spoolUri: string;
  /** The name of the format, for an object that Millrace wrote itself: detection is skipped. */
  readonly format?: string;
  readonly rules?: ReadingRules;
  readonly signal?: AbortSignal;
  /** Same as in {@link OpenOptions}. */
  readonly warn?: ((text: string) => void) | undefined;
}

/**
 * Turns a listed object into a source: unpacks it if it is packed, detects its format, and reads what the format needs,
 * such as a CSV header.
 *
 * @throws {MillraceError} malformed_input, input_changed
 */
export async function openSource(
  objects: ObjectStore,
  stat: ObjectStat,
  options: OpenSourceOptions,
): Promise<Source> {
  const { id, rules, signal, warn } = options;
  const file = objects.display(stat.uri);
  const { name } = unpackedName(stat.uri);
  const found: Found = options.format
    ? { plain: stat, format: formatNamed(options.format) }
    : await lookAt(objects, stat, { ...options, file, name });
  const { plain, format } = found;
  const meta = found.meta ?? (await format.open?.(objects, plain, { file, name, rules, signal, warn }));
  return {
    id,
    uri: plain.uri,
    origin: stat.uri,
    format: format.name,
    sizeBytes: plain.sizeBytes,
    version: plain.version,
    ...(meta && { meta }),
    ...(rules?.nan && { nan: rules.nan }),
  };
}

/** Where the format's own bytes are, the format, and its metadata if detection already read that. */
interface Found {
  readonly plain: ObjectStat;
  readonly format: DatasetFormat;
  readonly meta?: SourceMeta;
}

async function lookAt(
  objects: ObjectStore,
  stat: ObjectStat,
  options: OpenSourceOptions & { readonly file: string; readonly name: string },
): Promise<Found> {
  const { file, name, rules, spoolUri, signal, warn } = options;
  const packedHead = await readHead(objects, stat, signal);
  checkPackedName(stat.uri, { head: packedHead, file, warn });
  const unpacked = await unpack(objects, stat, { head: packedHead, spoolUri, file, signal });
  const head = unpacked ? await readHead(objects, unpacked, signal) : packedHead;
  const plain = unpacked ?? stat;
  const format = detectFormat({
    name,
    head,
    isWhole: head.length === plain.sizeBytes,
    file,
    rules,
    warn,
  });
  if (format !== ndjson || (rules?.format && !rules.jsonArrays)) return { plain, format };
  const elements = await jsonArrayElements(objects, plain, {
    jsonArrays: rules?.jsonArrays,
    name,
    head,
    warn,
    signal,
  });
  return elements ? { plain, format: jsonArray, meta: { elements } } : { plain, format };
}

async function readHead(
  objects: ObjectStore,
  { uri, version, sizeBytes }: ObjectStat,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (sizeBytes === 0) return new Uint8Array();
  return await objects.read(uri, { start: 0, end: HEAD_BYTES, version, ...(signal ? { signal } : {}) });
}
