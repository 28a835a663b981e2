import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { DEFAULTS, isMillraceError, MillraceError } from "@millrace/core";
import { Parser, type ReadEntry } from "tar";

/** Header, padding and a long path of each entry. */
const OVERHEAD_BYTES = 4_096;

/**
 * Hands every entry of a `.tar.gz` to `onEntry`, which must read it or `resume()` it. Memory stays flat, and
 * decompression stops once it has made more than `limitBytes` of content.
 *
 * @throws {MillraceError} invalid_archive
 */
export async function readTarGz(
  path: string,
  limitBytes: number,
  onEntry: (entry: ReadEntry) => void,
): Promise<void> {
  let failure: unknown;
  let entries = 0;
  let contentBytes = 0;
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      try {
        entries += 1;
        contentBytes += entry.size;
        if (entries > DEFAULTS.archiveLimitFiles) throw tooManyFiles();
        if (contentBytes > limitBytes) throw tooLarge(limitBytes);
        onEntry(entry);
      } catch (error) {
        failure ??= error;
        entry.resume();
      }
    },
  });
  parser.on("error", (error) => {
    failure ??= error;
  });
  const streamLimitBytes = limitBytes + DEFAULTS.archiveLimitFiles * OVERHEAD_BYTES;
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.on("error", (error) => gunzip.destroy(error));
  try {
    let bytes = 0;
    for await (const chunk of file.pipe(gunzip)) {
      bytes += (chunk as Buffer).length;
      if (bytes > streamLimitBytes) throw tooLarge(limitBytes);
      if (failure !== undefined) throw failure;
      // Entries are read as they come: a full parser only ever waits for its own events.
      if (!parser.write(chunk as Buffer) && failure === undefined) await once(parser, "drain");
    }
    const ended = once(parser, "end");
    parser.end();
    if (failure === undefined) await ended;
    else ended.catch(() => {});
    if (failure !== undefined) throw failure;
  } catch (error) {
    throw archiveError(error);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

function tooLarge(limitBytes: number): MillraceError {
  return new MillraceError(
    "invalid_archive",
    `Cannot read the archive: its content is over ${limitBytes} bytes; leave big files out with a .millraceignore file`,
    { details: { limit_bytes: limitBytes } },
  );
}

function tooManyFiles(): MillraceError {
  return new MillraceError(
    "invalid_archive",
    `Cannot read the archive: over ${DEFAULTS.archiveLimitFiles} files; leave some out with a .millraceignore file`,
    { details: { limit_files: DEFAULTS.archiveLimitFiles } },
  );
}

/** Errors of zlib and of tar say what is wrong with the bytes; others are not the archive's. */
function archiveError(error: unknown): unknown {
  if (isMillraceError(error) || !(error instanceof Error)) return error;
  const { code = "", tarCode } = error as Error & { code?: string; tarCode?: string };
  if (!code.startsWith("Z_") && !code.startsWith("TAR_") && tarCode === undefined) return error;
  return new MillraceError(
    "invalid_archive",
    `Cannot read the archive: ${error.message}, expected a .tar.gz of the project`,
    { cause: error },
  );
}
