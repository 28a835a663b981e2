import type { Transform } from "node:stream";

/** Pipes bytes through a `node:zlib` decompressor; errors of the input stream are passed on unchanged. */
export async function* inflate(
  packed: AsyncIterable<Uint8Array>,
  {
    decompressor,
    explain,
  }: { readonly decompressor: Transform; readonly explain: (cause: unknown) => unknown },
): AsyncGenerator<Uint8Array> {
  let inputError: { readonly error: unknown } | undefined;
  const feeding = feed(decompressor, packed).catch((error: unknown) => {
    inputError = { error };
    decompressor.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const bytes of decompressor) yield bytes as Uint8Array;
  } catch (cause) {
    throw inputError ? inputError.error : explain(cause);
  } finally {
    decompressor.destroy();
    await feeding;
  }
}

async function feed(decompressor: Transform, packed: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of packed) {
    if (decompressor.destroyed) return;
    if (!decompressor.write(piece)) await drained(decompressor);
  }
  if (!decompressor.destroyed) decompressor.end();
}

/** Waits until there is room again, or until the stream has ended. */
function drained(decompressor: Transform): Promise<void> {
  if (decompressor.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      decompressor.off("drain", done).off("close", done);
      resolve();
    };
    decompressor.on("drain", done).on("close", done);
  });
}
