import { once } from "node:events";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DEFAULTS, isMillraceError, MillraceError } from "@millrace/core";
import { Parser, type ReadEntry } from "tar";
import { ArchivePaths, refused } from "./archive-paths.ts";

/** Bounds of an archive. */
export interface ArchiveLimits {
  /** Content of all files together. @default DEFAULTS.archiveLimitBytes */
  readonly limitBytes?: number | undefined;
  /** Files and directories. @default DEFAULTS.archiveLimitFiles */
  readonly limitFiles?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What to do with an archive's entries, in their order; paths are clean and relative, with forward slashes. */
export interface ArchiveVisitor {
  directory(path: string): Promise<void>;
  /** `content` must be read to its end. */
  file(
    path: string,
    options: { readonly executable: boolean; readonly content: AsyncIterable<Buffer> },
  ): Promise<void>;
}

/** Room for a header, its padding and a long path, for each entry. */
const OVERHEAD_BYTES = 4_096;

/**
 * Reads a `.tar.gz` once from start to end, in flat memory, and refuses everything that is not a plain project:
 * links, devices, unsafe or colliding paths, too much content (counted while it is decompressed).
 *
 * @throws {MillraceError} invalid_archive naming the entry
 */
export async function readArchive(
  archivePath: string,
  visitor: ArchiveVisitor,
  limits: ArchiveLimits = {},
): Promise<void> {
  const reader = new EntryReader(visitor, limits);
  const streamLimitBytes =
    (limits.limitBytes ?? DEFAULTS.archiveLimitBytes) +
    (limits.limitFiles ?? DEFAULTS.archiveLimitFiles) * OVERHEAD_BYTES;
  try {
    await pipeline(
      createReadStream(archivePath),
      createGunzip(),
      (unzipped: AsyncIterable<Buffer>) => reader.read(unzipped, streamLimitBytes),
      { signal: limits.signal },
    );
  } catch (error) {
    throw archiveError(error);
  }
}

class EntryReader {
  readonly #visitor: ArchiveVisitor;
  readonly #limitBytes: number;
  readonly #limitFiles: number;
  readonly #paths = new ArchivePaths();
  #contentBytes = 0;
  #entries = 0;

  constructor(visitor: ArchiveVisitor, limits: ArchiveLimits) {
    this.#visitor = visitor;
    this.#limitBytes = limits.limitBytes ?? DEFAULTS.archiveLimitBytes;
    this.#limitFiles = limits.limitFiles ?? DEFAULTS.archiveLimitFiles;
  }

  async read(unzipped: AsyncIterable<Buffer>, streamLimitBytes: number): Promise<void> {
    const failed = new AbortController();
    const fail = (error: unknown) => failed.abort(error);
    // In strict mode everything that tar finds odd is an error, a truncated or damaged archive too.
    const parser = new Parser({ strict: true, gzip: false, brotli: false, zstd: false });
    let current: ReadEntry | undefined;
    let visits = Promise.resolve();
    const visit = async (entry: ReadEntry) => {
      if (failed.signal.aborted) return;
      current = entry;
      await this.#visit(entry);
    };
    parser.on("error", fail);
    parser.on("ignoredEntry", (entry: ReadEntry) => fail(refused(entry.path, describeType(entry.type))));
    parser.on("entry", (entry: ReadEntry) => {
      visits = visits.then(() => visit(entry)).catch(fail);
    });
    const finished = once(parser, "end", { signal: failed.signal }).catch(() => undefined);
    try {
      await this.#feed(parser, { unzipped, streamLimitBytes, signal: failed.signal });
      parser.end();
      await finished;
    } catch (error) {
      fail(error);
    }
    // A visitor may still wait for content that never comes.
    if (failed.signal.aborted) current?.destroy(failed.signal.reason);
    await visits;
    failed.signal.throwIfAborted();
  }

  async #feed(
    parser: Parser,
    source: {
      readonly unzipped: AsyncIterable<Buffer>;
      readonly streamLimitBytes: number;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    let bytes = 0;
    for await (const chunk of source.unzipped) {
      // The parser would unpack a second layer of compression by itself, past our counting.
      if (bytes === 0 && isCompressed(chunk)) throw notATar("it is compressed twice");
      bytes += chunk.length;
      if (bytes > source.streamLimitBytes) throw this.#tooLarge();
      if (!parser.write(chunk)) await drained(parser, source.signal);
      source.signal.throwIfAborted();
    }
  }

  async #visit(entry: ReadEntry): Promise<void> {
    const path = entry.path;
    this.#entries++;
    if (this.#entries > this.#limitFiles) {
      throw new MillraceError(
        "invalid_archive",
        `Cannot unpack the archive: over ${this.#limitFiles} files, expected fewer; leave some out with a .millraceignore file`,
        { details: { limit_files: this.#limitFiles } },
      );
    }
    if (entry.type === "Directory") {
      entry.resume();
      return this.#visitor.directory(this.#paths.admit(path, "directory"));
    }
    if (entry.type !== "File" && entry.type !== "OldFile" && entry.type !== "ContiguousFile") {
      throw refused(path, describeType(entry.type));
    }
    const clean = this.#paths.admit(path, "file");
    // Refused by what the header says, before a byte of it is written.
    if (this.#contentBytes + entry.size > this.#limitBytes) throw this.#tooLarge();
    this.#contentBytes += entry.size;
    const executable = ((entry.mode ?? 0) & 0o100) !== 0;
    await this.#visitor.file(clean, { executable, content: entry as AsyncIterable<Buffer> });
  }

  #tooLarge(): MillraceError {
    return new MillraceError(
      "invalid_archive",
      `Cannot unpack the archive: its content is over ${this.#limitBytes} bytes, expected at most that; ` +
        "leave big files out with a .millraceignore file and let the predictor read them from where they are",
      { details: { limit_bytes: this.#limitBytes } },
    );
  }
}

function describeType(type: string): string {
  if (type === "SymbolicLink" || type === "Link") return "it is a link";
  return `its kind is ${type}`;
}

function isCompressed(chunk: Buffer): boolean {
  return (chunk[0] === 0x1f && chunk[1] === 0x8b) || (chunk[0] === 0x28 && chunk[1] === 0xb5);
}

/** Resolves when the parser takes more, or has failed. */
async function drained(parser: Parser, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await once(parser, "drain", { signal }).catch(() => undefined);
}

function notATar(why: string): MillraceError {
  return new MillraceError(
    "invalid_archive",
    `Cannot unpack the archive: ${why}, expected a .tar.gz of the project`,
  );
}

/** Errors of zlib and of tar say what is wrong with the bytes; the rest (disk full, aborted) is not the archive's. */
function archiveError(error: unknown): unknown {
  if (isMillraceError(error) || !(error instanceof Error)) return error;
  const code = String((error as { code?: unknown; tarCode?: unknown }).code ?? "");
  const tarCode = (error as { tarCode?: unknown }).tarCode;
  if (!code.startsWith("Z_") && tarCode === undefined && !code.startsWith("TAR_")) return error;
  return new MillraceError(
    "invalid_archive",
    `Cannot unpack the archive: ${error.message}, expected a .tar.gz of the project`,
    {
      cause: error,
    },
  );
}
