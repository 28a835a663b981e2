import { DEFAULTS } from "@millrace/core";
import { notAnArchive, tooMuch } from "./refusals.ts";

/** Limits of an archive. */
export interface ArchiveLimits {
  /** Total content of all files. @default DEFAULTS.archiveLimitBytes */
  readonly limitBytes?: number | undefined;
  /** Files and directories, including those that only occur in paths. @default DEFAULTS.archiveLimitFiles */
  readonly limitFiles?: number | undefined;
}

/**
 * Extended headers of one entry, and the allowance for all of them on top of the number of entries: some packers write
 * a few kilobytes.
 */
const EXTENSION_LIMIT_BYTES = 1024 * 1024;
/** Allowance for extended headers per entry. */
const EXTENSION_BYTES = 4_096;
/** Zeros after the end: a packer fills its last record, which is 10 KiB by default. */
const PADDING_LIMIT_BYTES = 1024 * 1024;

/** Counts what has been read from an archive against its limits: each amount is reported before the bytes are read. */
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

  /**
   * Counts a file or directory; `paths` is the number of paths known including it. @throws {MillraceError}
   * invalid_archive
   */
  entry(paths: number): void {
    this.#entries += 1;
    if (Math.max(this.#entries, paths) <= this.#limitFiles) return;
    throw tooMuch(`it has over ${this.#limitFiles} files and directories`, { limit_files: this.#limitFiles });
  }

  /** Counts the content of a file. @throws {MillraceError} invalid_archive */
  content(bytes: number): void {
    this.#contentBytes += bytes;
    if (this.#contentBytes <= this.#limitBytes) return;
    throw tooMuch(`its content is over ${this.#limitBytes} bytes`, { limit_bytes: this.#limitBytes });
  }

  /**
   * Counts an extended header: names and other facts about the following entry. @throws {MillraceError} invalid_archive
   */
  extension(bytes: number): void {
    // Includes the header block, so that empty ones count too.
    this.#extensionBytes += bytes + 512;
    const limitBytes = EXTENSION_LIMIT_BYTES + this.#entries * EXTENSION_BYTES;
    if (bytes <= EXTENSION_LIMIT_BYTES && this.#extensionBytes <= limitBytes) return;
    throw notAnArchive(`its extended headers are over ${limitBytes} bytes for ${this.#entries} entries`);
  }

  /** Counts zeros after the end. @throws {MillraceError} invalid_archive */
  padding(bytes: number): void {
    this.#paddingBytes += bytes;
    if (this.#paddingBytes <= PADDING_LIMIT_BYTES) return;
    throw notAnArchive(`it goes on for over ${PADDING_LIMIT_BYTES} bytes after its end`);
  }
}
