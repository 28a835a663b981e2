import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStat, ObjectStore } from "../ports/object-store.ts";
import { unpackGzip } from "./gunzip.ts";

export interface OpenSourceOptions {
  /** Number of the source in the job, from 0. */
  readonly id: number;
  /** Where a gzipped object is unpacked to, once; one of the job's own objects. */
  readonly spoolUri: string;
  readonly signal?: AbortSignal;
}

/**
 * Makes a listed object a source: unpacks it if it is gzipped, and reads what its format needs to know, such as a
 * CSV header. The format is told by the name: `.csv`, `.parquet`, anything else is newline-delimited JSON; each may
 * be followed by `.gz`.
 *
 * @throws {MillraceError} malformed_input, input_changed
 */
export async function openSource(
  objects: ObjectStore,
  stat: ObjectStat,
  options: OpenSourceOptions,
): Promise<Source> {
  const { id, spoolUri, signal } = options;
  const file = objects.display(stat.uri);
  const { format, gzipped } = formatOf(stat.uri);
  const plain = gzipped ? await unpackGzip(objects, stat, { spoolUri, file, signal }) : stat;
  const source = {
    id,
    uri: plain.uri,
    origin: stat.uri,
    format,
    sizeBytes: plain.sizeBytes,
    version: plain.version,
  };
  if (format === "csv") {
    // The readers of a format are loaded when it is met: a worker's start-up is part of every small job.
    const { readCsvHeader } = await import("./csv-header.ts");
    return { ...source, meta: { ...(await readCsvHeader(objects, plain, { file, signal })) } };
  }
  if (format === "parquet") {
    const { readParquetFooter } = await import("./parquet-file.ts");
    const footer = await readParquetFooter(objects, { ...plain, file, signal });
    return { ...source, meta: { rows: Number(footer.num_rows) } };
  }
  return source;
}

function formatOf(uri: string): { readonly format: Source["format"]; readonly gzipped: boolean } {
  const gzipped = /\.gz$/i.test(uri);
  const name = gzipped ? uri.slice(0, -".gz".length) : uri;
  const format = /\.csv$/i.test(name) ? "csv" : /\.parquet$/i.test(name) ? "parquet" : "ndjson";
  return { format, gzipped };
}
