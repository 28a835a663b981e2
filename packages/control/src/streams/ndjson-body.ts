import { Readable } from "node:stream";
import type { RequestContext } from "../http/types.ts";

/** Small chunks are joined up to this size, since each socket write costs about as much as sending 10 KB. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Makes the response NDJSON, pulled from `pieces` only as fast as the client reads; for HEAD nothing is pulled. An
 * error before the first piece is reported like any other; later ones can only abort the connection.
 */
export async function sendNdjson(
  ctx: RequestContext,
  pieces: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const joined = joinPieces(pieces);
  const first = ctx.method === "HEAD" ? undefined : await joined.next();
  ctx.type = "application/x-ndjson";
  ctx.body = first ? Readable.from(beginWith(first, joined), { objectMode: false, highWaterMark: 1 }) : "";
  if (ctx.method === "HEAD") ctx.remove("Content-Length");
}

async function* beginWith(
  first: IteratorResult<Uint8Array>,
  others: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (!first.done) yield first.value;
    yield* others;
  } finally {
    await others.return(undefined);
  }
}

async function* joinPieces(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const piece of pieces) {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes < CHUNK_BYTES) continue;
    yield held.length === 1 ? bytes : Buffer.concat(held);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

/** One value as a line. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
