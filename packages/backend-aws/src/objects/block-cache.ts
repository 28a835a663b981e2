import type { RangeOptions } from "./object-range.ts";
import { formatUri, type S3Location } from "./object-uri.ts";

const BLOCK_BYTES = 1024 * 1024;
const BLOCKS = 32;
/** Larger ranges bypass the cache. */
export const LARGEST_CACHED_BYTES = 256 * 1024;

export type LoadRange = (location: S3Location, range: RangeOptions) => Promise<Uint8Array>;

/**
 * Recently read blocks of objects, so that reading consecutive items of 100 bytes does not cost a GET each. Only used
 * for reads with a version: a block of a version never changes. Holds at most 32 blocks of 1 MiB.
 */
export class BlockCache {
  readonly #load: LoadRange;
  /** Least recently used first. Includes blocks still being fetched, so that readers share the request. */
  readonly #blocks = new Map<string, Promise<Uint8Array>>();

  constructor(load: LoadRange) {
    this.#load = load;
  }

  /** The bytes of a range of at most {@link LARGEST_CACHED_BYTES}; fewer if the object ends earlier. */
  async read(
    location: S3Location,
    { start, end, version, signal }: RangeOptions & { readonly version: string },
  ): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let at = start; at < end; ) {
      const index = Math.floor(at / BLOCK_BYTES);
      const first = index * BLOCK_BYTES;
      const block = await unlessAborted(this.#block(location, { index, version }), signal);
      pieces.push(block.subarray(at - first, end - first));
      if (block.length < BLOCK_BYTES) break; // The object's end.
      at = first + BLOCK_BYTES;
    }
    // Copied: a small range must not keep its block in memory, and its owner must not change the block.
    return Uint8Array.from(Buffer.concat(pieces));
  }

  #block(
    location: S3Location,
    { index, version }: { readonly index: number; readonly version: string },
  ): Promise<Uint8Array> {
    const id = `${index} ${version} ${formatUri(location)}`;
    const known = this.#blocks.get(id);
    this.#blocks.delete(id);
    const start = index * BLOCK_BYTES;
    // Without a signal: a reader that gives up must not make others fail.
    const block = known ?? this.#load(location, { start, end: start + BLOCK_BYTES, version });
    this.#blocks.set(id, block);
    if (known) return known;
    block.catch(() => {
      if (this.#blocks.get(id) === block) this.#blocks.delete(id);
    });
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > BLOCKS && oldest !== undefined) this.#blocks.delete(oldest);
    return block;
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
