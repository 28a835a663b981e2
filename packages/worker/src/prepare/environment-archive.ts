import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import { isMillraceError, type ObjectStore } from "@millrace/core";

/** Chunk size for writing an archive to the store. */
const CHUNK_BYTES = 1 << 20;

/** Installed environments in the object store: one machine installs, others unpack. */
export interface EnvironmentArchive {
  /**
   * Unpacks the environment for this key into `home`, the path where it was built; returns its folder's name, or
   * undefined when none is stored.
   */
  restore(home: string, key: string): Promise<string | undefined>;
  /** Stores `<home>/<name>` without its marker, unless one is already stored. */
  keep(
    home: string,
    options: { readonly name: string; readonly key: string; readonly marker: string },
  ): Promise<void>;
}

/**
 * Environments of one API version.
 *
 * @param options.uriOf the object with that name; environments contain absolute paths, so names must include their
 * location
 */
export function environmentArchive(options: {
  readonly objects: ObjectStore;
  readonly uriOf: (name: string) => string;
  readonly signal: AbortSignal;
}): EnvironmentArchive {
  const { objects, uriOf, signal } = options;
  const uri = (home: string, key: string) => {
    const place = createHash("sha256").update(home).digest("hex").slice(0, 12);
    return uriOf(`dependencies/${key}-${place}.tar.zst`);
  };
  return {
    async restore(home, key) {
      const kept = await statOrNone(objects, uri(home, key));
      if (kept === undefined) return undefined;
      const before = new Set(await readdir(home));
      const content = objects.stream(kept.uri, { version: kept.version, signal });
      await unpack(Readable.from(content), home, signal);
      return (await readdir(home)).find((name) => !before.has(name));
    },
    async keep(home, { name, key, marker }) {
      if ((await statOrNone(objects, uri(home, key))) !== undefined) return;
      const writer = await objects.writer(uri(home, key));
      try {
        await pack({ home, name, marker, signal }, (chunk) => writer.write(chunk));
        await writer.commit();
      } catch (error) {
        await writer.abort();
        throw error;
      }
    },
  };
}

async function statOrNone(objects: ObjectStore, uri: string) {
  try {
    return await objects.stat(uri);
  } catch (error) {
    if (isMillraceError(error, "object_not_found")) return undefined;
    throw error;
  }
}

async function unpack(content: Readable, directory: string, signal: AbortSignal): Promise<void> {
  const tar = startTar(["-x", "-C", directory], signal);
  const fed = pipeline(content, createZstdDecompress(), tar.child.stdin, { signal }).catch(
    (error: unknown) => {
      // tar exits at the archive's end, perhaps before it has read the padding after it.
      if (!HUNG_UP.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    },
  );
  await Promise.all([fed, tar.ended]);
}

const HUNG_UP: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET"]);

async function pack(
  from: {
    readonly home: string;
    readonly name: string;
    readonly marker: string;
    readonly signal: AbortSignal;
  },
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const { home, name, marker, signal } = from;
  const tar = startTar(["-c", "-C", home, `--exclude=${name}/${marker}`, name], signal);
  const compress = createZstdCompress();
  const written = pipeline(
    tar.child.stdout,
    compress,
    async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const piece of inPieces(chunks)) await write(piece);
    },
    { signal },
  );
  await Promise.all([written, tar.ended]);
}

/** Many small writes cost the store far more than a few large ones. */
async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.byteLength;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(held);
}

/** The system's `tar`: it preserves links and modes, and rejects paths that lead outside. */
function startTar(args: readonly string[], signal: AbortSignal) {
  const child = spawn("tar", args, { stdio: ["pipe", "pipe", "pipe"], signal });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (complaint.length < 1_000) complaint += text;
  });
  const ended = once(child, "close").then(([code]) => {
    if (code !== 0) throw new Error(`tar ended with ${code}: ${complaint.trim()}`);
  });
  return { child, ended };
}
