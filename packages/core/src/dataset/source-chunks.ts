import type { Buffer } from "node:buffer";
import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { byteChunks } from "./byte-chunks.ts";

/** The bytes of a source from `start` on, in chunks of about 256 KiB. @throws {MillraceError} input_changed */
export function sourceChunks(
  objects: ObjectStore,
  { uri, version }: Source,
  { start, signal }: { readonly start: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Buffer> {
  return byteChunks(objects.stream(uri, { start, version, ...(signal ? { signal } : {}) }), { signal });
}
