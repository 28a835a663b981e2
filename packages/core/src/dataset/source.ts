import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStat, ObjectStore } from "../ports/object-store.ts";
import { formatOfName } from "./formats/registry.ts";
import { unpackGzip } from "./gunzip.ts";

export interface OpenSourceOptions {
  /** Number of the source in the job, from 0. */
  readonly id: number;
  /** Where a gzipped object is unpacked to, once; one of the job's own objects. */
  readonly spoolUri: string;
  readonly signal?: AbortSignal;
  /** As in {@link OpenOptions}. */
  readonly warn?: ((text: string) => void) | undefined;
}

/**
 * Makes a listed object a source: unpacks it if its name ends in `.gz`, and reads what its format needs to know, such
 * as a CSV header.
 *
 * @throws {MillraceError} malformed_input, input_changed
 */
export async function openSource(
  objects: ObjectStore,
  stat: ObjectStat,
  options: OpenSourceOptions,
): Promise<Source> {
  const { id, spoolUri, signal, warn } = options;
  const file = objects.display(stat.uri);
  const isGzipped = /\.gz$/i.test(stat.uri);
  const plain = isGzipped ? await unpackGzip(objects, stat, { spoolUri, file, signal }) : stat;
  const format = formatOfName(isGzipped ? stat.uri.slice(0, -".gz".length) : stat.uri);
  const meta = await format.open?.(objects, plain, { file, signal, warn });
  return {
    id,
    uri: plain.uri,
    origin: stat.uri,
    format: format.name,
    sizeBytes: plain.sizeBytes,
    version: plain.version,
    ...(meta && { meta }),
  };
}
