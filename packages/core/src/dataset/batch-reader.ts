import { Buffer } from "node:buffer";
import type { BatchDescriptor, Segment } from "../batch.ts";
import { batchId } from "../batch.ts";
import { MillraceError } from "../errors.ts";
import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { RangeReader, ReadItem, ReadRange, SourceRange } from "./formats/format.ts";
import { formatNamed } from "./formats/registry.ts";
import { readSegments } from "./segment-bytes.ts";

const NO_BYTES = Buffer.alloc(0);

/** A batch and its items. */
export interface LoadedBatch {
  readonly batch: BatchDescriptor;
  /**
   * JSON texts, each on one line. NDJSON: the value's text as it is in the file, with line breaks between tokens
   * replaced by spaces. CSV and Parquet: one object per row. Text: a string. Tar: one object per sample.
   */
  readonly items: readonly string[];
  /** Where the second half of the items starts: byte (or row) `at` in segment number `segment`. Absent for one item. */
  readonly cut?: { readonly segment: number; readonly at: number };
}

export interface BatchReaderOptions {
  readonly objects: ObjectStore;
  /** Returns a source by its number; called once for each. */
  readonly source: (id: number) => Promise<Source> | Source;
}

/** Reads the items of batches. Safe for concurrent reads. */
export class BatchReader {
  readonly #objects: ObjectStore;
  readonly #getSource: BatchReaderOptions["source"];
  readonly #sources = new Map<number, Promise<Source>>();
  /** By format name. */
  readonly #readers = new Map<string, RangeReader>();

  constructor({ objects, source }: BatchReaderOptions) {
    this.#objects = objects;
    this.#getSource = source;
  }

  /**
   * Reads batches, in their order. Adjacent ranges are read together, so pass many small batches at once.
   *
   * @throws {MillraceError} input_changed when a file has changed since the job was enqueued
   * @throws {MillraceError} malformed_input when a batch's segments do not contain exactly its items
   */
  async read(
    batches: readonly BatchDescriptor[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly LoadedBatch[]> {
    const wanted: SourceRange[] = [];
    for (const { segments } of batches) {
      for (const segment of segments) wanted.push({ segment, source: await this.#source(segment.source) });
    }
    const ofBytes = wanted.filter(({ source }) => !this.#reader(source).readsItself);
    const bytes = await readSegments(this.#objects, ofBytes, { signal });
    const bytesOf = new Map(ofBytes.map(({ segment }, i) => [segment, bytes[i] as Buffer]));
    const ranges = wanted.map((range) => ({ ...range, bytes: bytesOf.get(range.segment) ?? NO_BYTES }));
    const loaded: LoadedBatch[] = [];
    let from = 0;
    for (const batch of batches) {
      const to = from + batch.segments.length;
      loaded.push(await this.#load(batch, ranges.slice(from, to), signal));
      from = to;
      signal?.throwIfAborted();
    }
    return loaded;
  }

  async #load(
    batch: BatchDescriptor,
    ranges: readonly ReadRange[],
    signal: AbortSignal | undefined,
  ): Promise<LoadedBatch> {
    const [only] = ranges;
    const plain =
      only && ranges.length === 1 && this.#reader(only.source).readPlain?.(only.bytes, batch.count);
    if (plain) return plainBatch(batch, only.segment, plain);
    const parts = new Map<ReadRange, readonly ReadItem[]>();
    let left = batch.count;
    for (const [reader, own] of this.#byReader(ranges)) {
      const items = await reader.read(own, { count: left, signal });
      if (!items) throw this.#miscounted(batch, own);
      for (const [i, range] of own.entries()) {
        parts.set(range, items[i] as readonly ReadItem[]);
        left -= (items[i] as readonly ReadItem[]).length;
      }
    }
    if (left !== 0) throw this.#miscounted(batch, ranges);
    return assemble(
      batch,
      ranges.map((range) => parts.get(range) as readonly ReadItem[]),
    );
  }

  /** The ranges of each reader; a reader that needs the number of items comes last. */
  #byReader(ranges: readonly ReadRange[]): readonly (readonly [RangeReader, readonly ReadRange[]])[] {
    const groups = Map.groupBy(ranges, ({ source }) => this.#reader(source));
    return [...groups].sort(([a], [b]) => Number(a.needsCount ?? false) - Number(b.needsCount ?? false));
  }

  #reader({ format }: Source): RangeReader {
    let reader = this.#readers.get(format);
    if (!reader) {
      reader = formatNamed(format).reader(this.#objects);
      this.#readers.set(format, reader);
    }
    return reader;
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

  #miscounted(batch: BatchDescriptor, ranges: readonly SourceRange[]): MillraceError {
    const files = [...new Set(ranges.map(({ source }) => this.#objects.display(source.origin)))];
    return new MillraceError(
      "malformed_input",
      `Cannot load batch "${batchId(batch)}": its byte ranges in ${files.map((file) => `"${file}"`).join(", ")} do not hold its items, expected exactly ${batch.count}`,
      { details: { file: files[0], batch_id: batchId(batch), segments: batch.segments } },
    );
  }
}

/** A batch that is one range of plain lines. */
function plainBatch(batch: BatchDescriptor, segment: Segment, items: readonly string[]): LoadedBatch {
  if (batch.count === 1) return { batch, items };
  const firstHalf = items.slice(0, Math.floor(batch.count / 2)).join("\n");
  return { batch, items, cut: { segment: 0, at: segment.start + Buffer.byteLength(firstHalf) } };
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
