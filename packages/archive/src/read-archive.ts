import { foreignFile } from "@millrace/core";
import { Header } from "tar";
import { ArchiveBudget, type ArchiveLimits } from "./archive-limits.ts";
import { ArchivePaths } from "./archive-paths.ts";
import { ByteReader, truncated } from "./byte-reader.ts";
import { inflateFile } from "./inflate-file.ts";
import { parsePaxHeader } from "./pax-header.ts";
import { notAnArchive, refused } from "./refusals.ts";

const BLOCK_BYTES = 512;
const ZEROS = Buffer.alloc(64 * 1024);

/** A file or directory of a project; its path is normalized and relative, with forward slashes. */
export type ArchiveEntry =
  | { readonly kind: "directory"; readonly path: string }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly executable: boolean;
      readonly sizeBytes: number;
      /** Read it before requesting the next entry; anything unread is then discarded. */
      readonly content: AsyncIterable<Buffer>;
    };

/**
 * Reads a project's `.tar.gz` once from start to end, with constant memory, and rejects everything that is not a plain
 * project: links, devices, sparse files, unsafe or colliding paths, anything over the limits, and bytes after the end.
 * Each limit is checked before the data is unpacked. Reading stops when the iteration is abandoned.
 *
 * @throws {MillraceError} invalid_archive naming the entry; the signal's reason
 */
export async function* readArchive(
  path: string,
  options: ArchiveLimits & { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ArchiveEntry> {
  const inflated = inflateFile(path, options.signal);
  try {
    yield* new TarReader(new ByteReader(inflated), options).entries();
  } finally {
    await inflated.return(undefined);
  }
}

/** Information from extended headers about the next entry. */
interface Extension {
  readonly path?: string | undefined;
  readonly size?: string | undefined;
  readonly isSparse?: boolean | undefined;
}

class TarReader {
  readonly #bytes: ByteReader;
  readonly #budget: ArchiveBudget;
  readonly #paths = new ArchivePaths();

  constructor(bytes: ByteReader, limits: ArchiveLimits) {
    this.#bytes = bytes;
    this.#budget = new ArchiveBudget(limits);
  }

  async *entries(): AsyncGenerator<ArchiveEntry> {
    let extension: Extension = {};
    for (let isFirst = true; ; isFirst = false) {
      const block = await this.#bytes.take(BLOCK_BYTES);
      if (block.length === 0 && !isFirst) return;
      const header = parseHeader(block);
      if (header === "end") return this.#end();
      if (header === "damaged") throw notAnArchive(isFirst ? noTar(block) : "a header in it is damaged");
      const added = await this.#extension(header);
      if (added !== undefined) {
        extension = { ...extension, ...added };
        continue;
      }
      yield* this.#entry(header, extension);
      extension = {};
    }
  }

  /** The information in an extended header; undefined for the header of an entry. */
  async #extension(header: Header): Promise<Extension | undefined> {
    switch (header.type) {
      case "ExtendedHeader":
      case "OldExtendedHeader":
        return paxExtension(await this.#extensionBytes(header));
      case "GlobalExtendedHeader": {
        // For example the commit that `git archive` records. A name or size of one entry cannot apply to all.
        const { path, size, isSparse } = paxExtension(await this.#extensionBytes(header));
        if ((path ?? size) !== undefined || isSparse)
          throw notAnArchive("it has a header that gives all its entries one name or size");
        return {};
      }
      case "NextFileHasLongPath":
      case "OldGnuLongPath":
        return { path: (await this.#extensionBytes(header)).toString("utf8").replace(/\0+$/, "") };
      case "NextFileHasLongLinkpath":
        await this.#extensionBytes(header);
        return {};
      default:
        return undefined;
    }
  }

  async #extensionBytes({ size, path }: Header): Promise<Buffer> {
    const bytes = checkedSize(String(size), path ?? "");
    this.#budget.extension(bytes);
    const content = await this.#bytes.take(bytes);
    if (content.length < bytes) throw truncated();
    await this.#bytes.skip(paddingOf(bytes));
    return content;
  }

  async *#entry(header: Header, extension: Extension): AsyncGenerator<ArchiveEntry> {
    const path = extension.path ?? header.path ?? "";
    const kind = kindOf(header, path);
    if (extension.isSparse) throw refused(path, "it is a sparse file");
    const clean = this.#paths.admit(path, kind);
    this.#budget.entry(this.#paths.count);
    if (kind === "directory") return yield { kind, path: clean };
    const sizeBytes = checkedSize(extension.size ?? String(header.size), path);
    this.#budget.content(sizeBytes);
    let left = sizeBytes;
    const bytes = this.#bytes;
    async function* content(): AsyncGenerator<Buffer> {
      while (left > 0) {
        const piece = await bytes.some(left);
        if (piece === undefined) throw truncated();
        left -= piece.length;
        yield piece;
      }
    }
    const executable = ((header.mode ?? 0) & 0o100) !== 0;
    yield { kind, path: clean, executable, sizeBytes, content: content() };
    await bytes.skip(left + paddingOf(sizeBytes));
  }

  /** After a block of zeros only zeros may follow: other programs could read further bytes as another archive. */
  async #end(): Promise<void> {
    for (;;) {
      const piece = await this.#bytes.some(ZEROS.length);
      if (piece === undefined) return;
      if (!isZero(piece)) throw notAnArchive("bytes follow its end");
      this.#budget.padding(piece.length);
    }
  }
}

function paxExtension(bytes: Buffer): Extension {
  const records = parsePaxHeader(bytes);
  const [path, size] = [records.get("path"), records.get("size")];
  const isSparse = [...records.keys()].some((key) => /^(GNU\.sparse\.|SCHILY\.realsize)/.test(key));
  return {
    ...(path !== undefined && { path }),
    ...(size !== undefined && { size }),
    ...(isSparse && { isSparse }),
  };
}

function parseHeader(block: Buffer): Header | "end" | "damaged" {
  if (block.length < BLOCK_BYTES) return "damaged";
  if (isZero(block)) return "end";
  try {
    const header = new Header(block);
    return header.cksumValid ? header : "damaged";
  } catch {
    // Not a valid number.
    return "damaged";
  }
}

function noTar(head: Buffer): string {
  const { what } = foreignFile(head) ?? {};
  return what === undefined ? "it does not hold a tar" : `it holds ${what}, not a tar`;
}

function kindOf({ type }: Header, path: string): ArchiveEntry["kind"] {
  if (type === "Directory") return "directory";
  if (type === "File" || type === "OldFile" || type === "ContiguousFile") {
    // Old packers mark directories only by their names.
    return path.endsWith("/") ? "directory" : "file";
  }
  throw refused(
    path,
    type === "SymbolicLink" || type === "Link" ? "it is a link" : `its kind is ${type ?? "unknown"}`,
  );
}

function checkedSize(text: string, path: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw refused(path, "its size is not a number");
}

/** Zeros after content, up to the next block. */
function paddingOf(bytes: number): number {
  return (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

function isZero(bytes: Buffer): boolean {
  return bytes.equals(ZEROS.subarray(0, bytes.length));
}
