import { Buffer } from "node:buffer";

/**
 * Large enough that the cost per chunk is negligible, small enough that batches come early and the heap stays small.
 */
const CHUNK_BYTES = 256 * 1024;

/** The same bytes in chunks of about 256 KiB, however the stream is divided. */
export async function* byteChunks(
  stream: AsyncIterable<Uint8Array>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const piece of stream) {
    signal?.throwIfAborted();
    for (let from = 0; from < piece.byteLength; from += CHUNK_BYTES) {
      const bytes = Buffer.from(
        piece.buffer,
        piece.byteOffset + from,
        Math.min(CHUNK_BYTES, piece.byteLength - from),
      );
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (pendingBytes < CHUNK_BYTES) continue;
      yield joinBytes(pending);
      pending = [];
      pendingBytes = 0;
    }
  }
  if (pendingBytes > 0) yield joinBytes(pending);
}

/** Joins all pieces into one buffer, without a copy when there is only one. */
export function joinBytes(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
