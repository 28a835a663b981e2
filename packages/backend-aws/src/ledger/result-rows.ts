import type { ObjectStore, ResultBlock } from "@millrace/core";
import type { Marker } from "./markers.ts";

/** Objects up to this size are read whole, since they usually hold the next ranges, too. */
const WHOLE_BYTES = 4 * 1024 * 1024;
/** Maximum bytes of whole objects kept: the groups of several workers are interleaved in input order. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** How many markers to read ahead, so that their objects are fetched in time; fewer if their rows are long. */
const AHEAD = 32;
const AHEAD_BYTES = 16 * 1024 * 1024;

/** Reads the rows that markers refer to; safe for one reader at a time. */
class RowsReader {
  readonly #objects: ObjectStore;
  readonly #jobId: string;
  /** The first entry is the least recently used. */
  readonly #whole = new Map<string, { readonly bytes: number; readonly content: Promise<Uint8Array> }>();
  #kept = 0;
  /** Objects that were evicted before they were needed again: the cache is too small, so only their ranges are read. */
  readonly #dropped = new Set<string>();

  constructor(objects: ObjectStore, jobId: string) {
    this.#objects = objects;
    this.#jobId = jobId;
  }

  async read({ rows }: Marker): Promise<string> {
    if ("text" in rows) return rows.text;
    const { object, start, end, objectBytes } = rows;
    if (objectBytes > WHOLE_BYTES || this.#dropped.has(object)) {
      return text(await this.#objects.read(this.#objects.jobUri(this.#jobId, object), { start, end }));
    }
    return text((await this.#content(object, objectBytes)).subarray(start, end));
  }

  #content(object: string, bytes: number): Promise<Uint8Array> {
    const kept = this.#whole.get(object) ?? {
      bytes,
      content: this.#objects.read(this.#objects.jobUri(this.#jobId, object)),
    };
    if (!this.#whole.delete(object)) this.#kept += bytes;
    this.#whole.set(object, kept);
    for (const [name, { bytes: size }] of this.#whole) {
      if (this.#kept <= KEPT_BYTES) break;
      this.#whole.delete(name);
      this.#dropped.add(name);
      this.#kept -= size;
    }
    return kept.content;
  }
}

function bytesOf({ rows }: Marker): number {
  return "text" in rows ? rows.text.length : rows.end - rows.start;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** The committed ranges' rows, in the order of their markers; reads ahead. */
export async function* resultBlocks(
  objects: ObjectStore,
  jobId: string,
  markers: AsyncIterable<Marker>,
): AsyncGenerator<ResultBlock> {
  const reader = new RowsReader(objects, jobId);
  const ahead: { readonly marker: Marker; readonly rows: Promise<string> }[] = [];
  let aheadBytes = 0;
  const takeBlock = async (): Promise<ResultBlock> => {
    const { marker, rows } = ahead.shift() as (typeof ahead)[number];
    aheadBytes -= bytesOf(marker);
    return { first: marker.first, count: marker.count, rows: await rows, failedItems: marker.failedItems };
  };
  for await (const marker of markers) {
    const rows = reader.read(marker);
    // It is awaited later; until then, a failure must not count as unhandled.
    rows.catch(() => {});
    ahead.push({ marker, rows });
    aheadBytes += bytesOf(marker);
    while (ahead.length > AHEAD || aheadBytes > AHEAD_BYTES) yield await takeBlock();
  }
  while (ahead.length > 0) yield await takeBlock();
}
