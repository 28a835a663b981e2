import { DEFAULTS } from "@millrace/core";
import { notAnArchive, tooMuch } from "./refusals.ts";

/** Bounds of an archive. */
export interface ArchiveLimits {
  /** Content of all files together. @default DEFAULTS.archiveLimitBytes */
  readonly limitBytes?: number | undefined;
  /** Files and directories, also those that are only part of a path. @default DEFAULTS.archiveLimitFiles */
  readonly limitFiles?: number | undefined;
}

/** Extended headers of one entry, and what all have beyond their number of entries: some packers write a few kilobytes. */
const EXTENSION_LIMIT_BYTES = 1024 * 1024;
/** Extended headers that each entry adds to what an archive may have of them. */
const EXTENSION_BYTES = 4_096;
/** Zeros after the end: a packer fills its last record, which is 10 KiB unless somebody says otherwise. */
const PADDING_LIMIT_BYTES = 1024 * 1024;

/** What has been read of an archive, against its limits: each is told before the bytes that it is about are read. */
export class ArchiveBudget {
  readonly #limitBytes: number;
  readonly #limitFiles: number;
  #contentBytes = 0;
  #entries = 0;
  #extensionBytes = 0;
  #paddingBytes = 0;

  constructor({ limitBytes, limitFiles }: ArchiveLimits) {
    this.#limitBytes = limitBytes ?? DEFAULTS.archiveLimitBytes;
    this.#limitFiles = limitFiles ?? DEFAULTS.archiveLimitFiles;
  }

  /** A file or directory, with the number of paths that are known with it. @throws {MillraceError} invalid_archive */
  entry(paths: number): void {
    this.#entries += 1;
    if (Math.max(this.#entries, paths) <= this.#limitFiles) return;
    throw tooMuch(`it has over ${this.#limitFiles} files and directories`, { limit_files: this.#limitFiles });
  }

  /** The content of a file. @throws {MillraceError} invalid_archive */
  content(bytes: number): void {
    this.#contentBytes += bytes;
    if (this.#contentBytes <= this.#limitBytes) return;
    throw tooMuch(`its content is over ${this.#limitBytes} bytes`, { limit_bytes: this.#limitBytes });
  }

  /** An extended header: names and other facts about the entry after it. @throws {MillraceError} invalid_archive */
  extension(bytes: number): void {
    // As many as there are blocks, so that empty ones count, too.
    this.#extensionBytes += bytes + 512;
    const limitBytes = EXTENSION_LIMIT_BYTES + this.#entries * EXTENSION_BYTES;
    if (bytes <= EXTENSION_LIMIT_BYTES && this.#extensionBytes <= limitBytes) return;
    throw notAnArchive(`its extended headers are over ${limitBytes} bytes for ${this.#entries} entries`);
  }

  /** Zeros after the end. @throws {MillraceError} invalid_archive */
  padding(bytes: number): void {
    this.#paddingBytes += bytes;
    if (this.#paddingBytes <= PADDING_LIMIT_BYTES) return;
    throw notAnArchive(`it goes on for over ${PADDING_LIMIT_BYTES} bytes after its end`);
  }
}
