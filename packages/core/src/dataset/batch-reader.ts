import { Buffer } from "node:buffer";
import type { BatchDescriptor, Segment } from "../batch.ts";
import { batchId } from "../batch.ts";
import { MillraceError } from "../errors.ts";
import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { ndjsonItem, plainLines, splitNdjson } from "./ndjson-items.ts";
import type { ParquetRows } from "./parquet-rows.ts";
import { readSegments } from "./segment-bytes.ts";
import { csvHeader } from "./source-items.ts";

/** Parquet files that are kept open, with their decoded rows. */
const KEPT_PARQUET_FILES = 2;

/** A batch and its items. */
export interface LoadedBatch {
  readonly batch: BatchDescriptor;
  /**
   * JSON texts on one line each. NDJSON: the text of the value as it is in the file, only with spaces for line
   * breaks between tokens. CSV and Parquet: an object a row.
   */
  readonly items: readonly string[];
  /** Where the second half of the items begins: byte (or row) `at` in segment number `segment`. Absent for one item. */
  readonly cut?: { readonly segment: number; readonly at: number };
}

/** One item, and where in its segment's source it ends. */
interface ReadItem {
  readonly text: string;
  readonly end: number;
}

interface Wanted {
  readonly segment: Segment;
  readonly source: Source;
  /** Number of the batch that it belongs to. */
  readonly batch: number;
}

export interface BatchReaderOptions {
  readonly objects: ObjectStore;
  /** Gets a source by its number; asked once for each. */
  readonly source: (id: number) => Promise<Source> | Source;
}

/** Reads the items of batches. Safe to use for several reads at once. */
export class BatchReader {
  readonly #objects: ObjectStore;
  readonly #getSource: BatchReaderOptions["source"];
  readonly #sources = new Map<number, Promise<Source>>();
  /** By source; the first entry was used longest ago. */
  readonly #parquet = new Map<number, ParquetRows>();

  constructor({ objects, source }: BatchReaderOptions) {
    this.#objects = objects;
    this.#getSource = source;
  }

  /**
   * Reads batches, in their order. Neighbouring ranges are read together, so pass many small batches at once.
   *
   * @throws {MillraceError} input_changed when a file is not what it was when the job was enqueued
   * @throws {MillraceError} malformed_input when a batch's segments do not hold exactly its items
   */
  async read(
    batches: readonly BatchDescriptor[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly LoadedBatch[]> {
    const wanted: Wanted[] = [];
    for (const [batch, { segments }] of batches.entries()) {
      for (const segment of segments)
        wanted.push({ segment, source: await this.#source(segment.source), batch });
    }
    const files = wanted.filter(({ source }) => source.format !== "parquet");
    const bytes = await readSegments(this.#objects, files, { signal });
    const bytesOf = new Map(files.map((file, i) => [file.segment, bytes[i] as Buffer]));
    const loaded: LoadedBatch[] = [];
    let from = 0;
    for (const [i, batch] of batches.entries()) {
      let to = from;
      while (wanted[to]?.batch === i) to += 1;
      loaded.push(await this.#load(batch, wanted.slice(from, to), bytesOf));
      from = to;
      signal?.throwIfAborted();
    }
    return loaded;
  }

  async #load(
    batch: BatchDescriptor,
    wanted: readonly Wanted[],
    bytesOf: ReadonlyMap<Segment, Buffer>,
  ): Promise<LoadedBatch> {
    const plain = plainBatch(batch, wanted, bytesOf);
    if (plain) return plain;
    const parts: (readonly ReadItem[])[] = new Array(wanted.length);
    let others = 0;
    const ndjson: number[] = [];
    for (const [i, { segment, source }] of wanted.entries()) {
      if (source.format === "ndjson") {
        ndjson.push(i);
        continue;
      }
      parts[i] =
        source.format === "csv"
          ? await this.#csvItems(batch, segment, { source, bytes: bytesOf.get(segment) as Buffer })
          : await this.#parquetItems(source, segment);
      others += (parts[i] as readonly ReadItem[]).length;
    }
    const buffers = ndjson.map((i) => bytesOf.get((wanted[i] as Wanted).segment) as Buffer);
    const ranges = splitNdjson(buffers, batch.count - others);
    if (!ranges) throw this.#miscounted(batch, wanted);
    for (const [n, i] of ndjson.entries()) {
      const { start } = (wanted[i] as Wanted).segment;
      parts[i] = valuesOf(buffers[n] as Buffer, ranges[n] as readonly number[], start);
    }
    return assemble(batch, parts);
  }

  async #csvItems(
    batch: BatchDescriptor,
    segment: Segment,
    { source, bytes }: { source: Source; bytes: Buffer },
  ): Promise<readonly ReadItem[]> {
    const { csvItems } = await import("./csv-items.ts");
    const items = csvItems(bytes, csvHeader(source).columns);
    if (!items) throw this.#miscounted(batch, [{ segment, source }]);
    return items.map(({ text, end }) => ({ text, end: segment.start + end }));
  }

  async #parquetItems(source: Source, { start, end }: Segment): Promise<readonly ReadItem[]> {
    const { id, uri, version, sizeBytes, origin } = source;
    const rows =
      this.#parquet.get(id) ??
      new (await import("./parquet-rows.ts")).ParquetRows(this.#objects, {
        uri,
        version,
        sizeBytes,
        file: this.#objects.display(origin),
      });
    this.#parquet.delete(id);
    this.#parquet.set(id, rows);
    const oldest = this.#parquet.keys().next().value;
    if (this.#parquet.size > KEPT_PARQUET_FILES && oldest !== undefined) this.#parquet.delete(oldest);
    return (await rows.read(start, end)).map((text, i) => ({ text, end: start + i + 1 }));
  }

  #source(id: number): Promise<Source> {
    let source = this.#sources.get(id);
    if (!source) {
      source = Promise.resolve(this.#getSource(id));
      source.catch(() => this.#sources.delete(id));
      this.#sources.set(id, source);
    }
    return source;
  }

  #miscounted(batch: BatchDescriptor, wanted: readonly Pick<Wanted, "segment" | "source">[]): MillraceError {
    const files = [...new Set(wanted.map(({ source }) => this.#objects.display(source.origin)))];
    return new MillraceError(
      "malformed_input",
      `Cannot load batch "${batchId(batch)}": its ranges of ${files.map((file) => `"${file}"`).join(", ")} do not hold its items, expected exactly ${batch.count}`,
      { details: { file: files[0], batch_id: batchId(batch), segments: batch.segments } },
    );
  }
}

/** A batch of one stretch of plain lines. */
function plainBatch(
  batch: BatchDescriptor,
  wanted: readonly Wanted[],
  bytesOf: ReadonlyMap<Segment, Buffer>,
): LoadedBatch | undefined {
  const [only] = wanted;
  if (wanted.length !== 1 || only?.source.format !== "ndjson") return undefined;
  const items = plainLines(bytesOf.get(only.segment) as Buffer, batch.count);
  if (!items || batch.count === 1) return items && { batch, items };
  const firstHalf = items.slice(0, Math.floor(batch.count / 2)).join("\n");
  return { batch, items, cut: { segment: 0, at: only.segment.start + Buffer.byteLength(firstHalf) } };
}

function valuesOf(bytes: Buffer, ranges: readonly number[], offset: number): readonly ReadItem[] {
  const items: ReadItem[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const end = ranges[i + 1] as number;
    items.push({ text: ndjsonItem(bytes, ranges[i] as number, end), end: offset + end });
  }
  return items;
}

function assemble(batch: BatchDescriptor, parts: readonly (readonly ReadItem[])[]): LoadedBatch {
  const items = parts.flatMap((part) => part.map(({ text }) => text));
  if (batch.count < 2) return { batch, items };
  let left = Math.floor(batch.count / 2);
  const segment = parts.findIndex((part) => {
    if (left <= part.length) return true;
    left -= part.length;
    return false;
  });
  const { end: at } = (parts[segment] as readonly ReadItem[])[left - 1] as ReadItem;
  return { batch, items, cut: { segment, at } };
}
