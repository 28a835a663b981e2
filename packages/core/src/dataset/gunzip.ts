import { createGunzip } from "node:zlib";
import { isMillraceError } from "../errors.ts";
import type { ObjectStat, ObjectStore } from "../ports/object-store.ts";
import { malformedInput } from "./malformed-input.ts";

const OUTPUT_BYTES = 1024 * 1024;

export interface UnpackOptions {
  /** Where the unpacked bytes go. */
  readonly spoolUri: string;
  /** The file as the user named it, for errors. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks a gzipped object once. An object that is at `spoolUri` already is taken as it is: objects appear whole,
 * and batches that were planned on it name its version.
 *
 * @throws {MillraceError} malformed_input when the object is not whole gzip data
 */
export async function unpackGzip(
  objects: ObjectStore,
  stat: ObjectStat,
  options: UnpackOptions,
): Promise<ObjectStat> {
  const { spoolUri, file, signal } = options;
  try {
    return await objects.stat(spoolUri);
  } catch (error) {
    if (!isMillraceError(error, "object_not_found")) throw error;
  }
  const writer = await objects.writer(spoolUri);
  try {
    for await (const bytes of gunzipped(objects, stat, { file, signal })) await writer.write(bytes);
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function* gunzipped(
  objects: ObjectStore,
  stat: ObjectStat,
  { file, signal }: { readonly file: string; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  if (stat.sizeBytes === 0) throw malformedInput("it is empty, expected gzip data", { file });
  const gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  let sourceError: unknown;
  const feeding = feed(
    gunzip,
    objects.stream(stat.uri, { version: stat.version, ...(signal ? { signal } : {}) }),
  ).catch((error: unknown) => {
    sourceError = error;
    gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const bytes of gunzip) yield bytes as Uint8Array;
  } catch (cause) {
    if (sourceError !== undefined) throw sourceError;
    const code = (cause as { readonly code?: unknown }).code;
    if (typeof code !== "string" || !code.startsWith("Z_")) throw cause;
    const reason = code === "Z_BUF_ERROR" ? "its gzip data is cut off" : "its gzip data is corrupt";
    throw malformedInput(`${reason} (${(cause as Error).message})`, { file, cause });
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

async function feed(
  gunzip: ReturnType<typeof createGunzip>,
  stream: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const piece of stream) {
    if (gunzip.destroyed) return;
    if (!gunzip.write(piece)) await drained(gunzip);
  }
  if (!gunzip.destroyed) gunzip.end();
}

/** Waits until there is room again, or until there never will be. */
function drained(gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  if (gunzip.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      gunzip.off("drain", done).off("close", done);
      resolve();
    };
    gunzip.on("drain", done).on("close", done);
  });
}
