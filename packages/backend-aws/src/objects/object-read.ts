import type { S3Client } from "@aws-sdk/client-s3";
import type { ReadOptions } from "@millrace/core";
import { BlockCache, LARGEST_CACHED_BYTES } from "./block-cache.ts";
import { type OpenRange, openRange, type RangeOptions } from "./object-range.ts";
import { formatUri, type S3Location } from "./object-uri.ts";

/** Size of one GET of a stream. */
export const STREAM_BYTES = 8 * 1024 * 1024;
/** The next GET starts when this much of the current one is left: its body then waits without using memory. */
const AHEAD_BYTES = STREAM_BYTES / 2;

export interface ObjectReader {
  read(location: S3Location, options: ReadOptions): Promise<Uint8Array>;
  stream(location: S3Location, options: ReadOptions): AsyncGenerator<Uint8Array>;
}

export function objectReader(s3: S3Client): ObjectReader {
  const readThrough = (location: S3Location, range: RangeOptions) => readRange(s3, location, range);
  const cache = new BlockCache(readThrough);
  return {
    read: async (location, options) => {
      const range = checkedRange(location, options);
      range.signal?.throwIfAborted();
      if (range.start === range.end) return new Uint8Array(0);
      const { version } = range;
      return version !== undefined && range.end - range.start <= LARGEST_CACHED_BYTES
        ? await cache.read(location, { ...range, version })
        : await readThrough(location, range);
    },
    stream: (location, options) => streamRange(s3, location, checkedRange(location, options)),
  };
}

function checkedRange(location: S3Location, options: ReadOptions): RangeOptions {
  const { start = 0, end = Number.POSITIVE_INFINITY, version, signal } = options;
  if (start < 0 || !(end >= start)) {
    throw new RangeError(`Cannot read bytes ${start}..${end} of "${formatUri(location)}": not a range`);
  }
  return { start, end, version, signal };
}

/** The bytes of a range in one array, with one GET. */
async function readRange(s3: S3Client, location: S3Location, options: RangeOptions): Promise<Uint8Array> {
  const range = await openRange(s3, location, options);
  if (!range) return new Uint8Array(0);
  const bytes = new Uint8Array(range.end - options.start);
  let filled = 0;
  for await (const chunk of range.chunks()) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes;
}

/** The bytes of a range in consecutive GETs, so that a change in between is detected. */
async function* streamRange(
  s3: S3Client,
  location: S3Location,
  { start, end, version, signal }: RangeOptions,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  if (start === end) return;
  const open = (from: number, pinned: string | undefined) =>
    openRange(s3, location, {
      start: from,
      end: Math.min(end, from + STREAM_BYTES),
      version: pinned,
      signal,
    });
  let range = await open(start, version);
  let position = start;
  let next: Promise<OpenRange | undefined> | undefined;
  try {
    while (range) {
      const { end: rangeEnd, version: pinned } = range;
      const hasMore = rangeEnd < Math.min(end, range.objectBytes);
      for await (const chunk of range.chunks()) {
        position += chunk.length;
        if (hasMore && !next && rangeEnd - position <= AHEAD_BYTES) {
          next = open(rangeEnd, pinned);
          next.catch(() => {}); // Thrown where it is awaited.
        }
        signal?.throwIfAborted();
        yield chunk;
      }
      range = await next;
      next = undefined;
    }
  } finally {
    next?.then(
      (unread) => unread?.close(),
      () => {},
    );
  }
}
