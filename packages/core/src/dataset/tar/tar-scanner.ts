import { Buffer, isUtf8 } from "node:buffer";
import { joinBytes } from "../byte-chunks.ts";
import { parsePaxRecords } from "./pax-records.ts";
import {
  BLOCK_BYTES,
  isZeroBlock,
  NotTarError,
  parseTarHeader,
  type TarHeader,
  untilNul,
} from "./tar-header.ts";

/** Long names and attributes are much shorter. */
const MAX_EXTENSION_BYTES = 1024 * 1024;

/** Members that are refused, since what they stand for is not in the archive or not in one piece. */
const REFUSED: Readonly<Record<string, string>> = {
  "1": "is a hard link, and its bytes belong to another member; pack the archive with --hard-dereference",
  "2": "is a symbolic link, and what it points to is not in it; pack the archive with --dereference",
  "3": "is a device, expected a file",
  "4": "is a device, expected a file",
  "6": "is a named pipe, expected a file",
  S: "is a sparse file; pack the archive without --sparse",
  M: "is the rest of a file in another volume; join the volumes",
};
/** Files; "7" was once meant to be contiguous on disk. */
const FILES = new Set(["0", "7"]);
/** Directories, labels of volumes, and GNU's lists of what was in a directory. */
const IGNORED = new Set(["5", "V", "D"]);
/** Headers for the next member: long names of GNU, and PAX ("X" as Solaris wrote it), and for all members ("g"). */
const EXTENSIONS = new Set(["L", "K", "x", "X", "g"]);
const NO_PAX: ReadonlyMap<string, Buffer> = new Map();

export interface TarMember {
  readonly path: string;
  readonly sizeBytes: number;
  /** First byte of its header, including headers that extend it. */
  readonly start: number;
}

/** Is told what the bytes of an archive contain, in order. */
export interface TarVisitor {
  begin(member: TarMember): void;
  /** Bytes of the current member. */
  data(bytes: Buffer): void;
  /** The current member ends; the next header starts at `position`. */
  end(position: number): void;
}

/** What is being read; `ignored` is data of something that is not a file. */
type Reading = "header" | "extension" | "data" | "ignored" | "padding";

/**
 * Finds the files in a tar archive that arrives in chunks: V7, ustar, GNU and PAX. Blocks of zeros are skipped, so
 * archives that were appended to each other are read to the end. Keeps no bytes except those of one header.
 */
export class TarScanner {
  readonly #visitor: TarVisitor;
  /** Offset of the next byte. */
  #offset: number;
  #reading: Reading = "header";
  /** Bytes of it that are still to come. */
  #left = BLOCK_BYTES;
  #pieces: Buffer[] = [];
  /** Type and length of the extension that is being read. */
  #extension = { type: "", sizeBytes: 0 };
  /** What is known of the next member from headers before its own. */
  #next: NextMember = { pax: NO_PAX };
  #padBytes = 0;
  #isMember = false;
  #isInside = false;
  #path = "";
  #endsWithZeros = false;

  constructor(visitor: TarVisitor, { offset }: { readonly offset: number }) {
    this.#visitor = visitor;
    this.#offset = offset;
  }

  /** The path of the most recent member, and whether its end has not been reached; undefined before the first. */
  get at(): { readonly path: string; readonly isInside: boolean } | undefined {
    return this.#path === "" ? undefined : { path: this.#path, isInside: this.#isInside };
  }

  /** @throws {NotTarError} */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const bytes = chunk.subarray(at, at + this.#left);
      at += bytes.length;
      this.#offset += bytes.length;
      this.#left -= bytes.length;
      if (this.#reading === "data") this.#visitor.data(bytes);
      else if (this.#reading === "header" || this.#reading === "extension") this.#pieces.push(bytes);
      while (this.#left === 0) this.#endReading();
    }
    // Copied, here and below, so that the large chunk can be freed.
    this.#pieces = this.#pieces.map((bytes) => (bytes.buffer === chunk.buffer ? Buffer.from(bytes) : bytes));
  }

  /** Ends the archive, or a range of it. @throws {NotTarError} when it is incomplete */
  finish({ isArchive }: { readonly isArchive: boolean }): void {
    const cut = "it may have been cut off";
    if (this.#isInside) throw new NotTarError(`the file ends before this member does; ${cut}`);
    const isComplete = this.#reading === "header" && this.#next.start === undefined;
    if (!isComplete || !isZeroBlock(joinBytes(this.#pieces)))
      throw new NotTarError(`the file ends inside a header; ${cut}`);
    if (isArchive && !this.#endsWithZeros)
      throw new NotTarError(
        `the file ends without the zeros that end an archive; ${cut}. If it is complete, append them: head -c 1024 /dev/zero >> FILE`,
      );
  }

  #endReading(): void {
    const read = this.#reading;
    if (read === "header" || read === "extension") {
      const bytes = joinBytes(this.#pieces);
      this.#pieces = [];
      if (read === "header") this.#takeHeader(bytes);
      else this.#takeExtension(Buffer.from(bytes.subarray(0, this.#extension.sizeBytes)));
    } else if (read === "padding") {
      if (this.#isMember) this.#visitor.end(this.#offset);
      this.#isInside = false;
      this.#read("header", BLOCK_BYTES);
    } else this.#read("padding", this.#padBytes);
  }

  #read(reading: Reading, bytes: number): void {
    this.#reading = reading;
    this.#left = bytes;
  }

  #takeHeader(block: Buffer): void {
    this.#read("header", BLOCK_BYTES);
    this.#endsWithZeros = isZeroBlock(block);
    if (this.#endsWithZeros) {
      if (this.#next.start !== undefined)
        throw new NotTarError("a header that extends the next member, and no such member");
      return;
    }
    const header = parseTarHeader(block);
    this.#next.start ??= this.#offset - BLOCK_BYTES;
    const { type, sizeBytes } = header;
    if (!EXTENSIONS.has(type)) {
      this.#takeMember(header);
      return;
    }
    if (sizeBytes > MAX_EXTENSION_BYTES)
      throw new NotTarError(
        `a header of ${sizeBytes} bytes for the next member, expected at most ${MAX_EXTENSION_BYTES}`,
      );
    this.#extension = { type, sizeBytes };
    this.#read("extension", padded(sizeBytes));
  }

  #takeExtension(bytes: Buffer): void {
    const { type } = this.#extension;
    this.#read("header", BLOCK_BYTES);
    if (type === "L") this.#next.longPath = untilNul(bytes);
    if (type === "x" || type === "X") this.#next.pax = parsePaxRecords(bytes);
    if (type !== "g") return;
    // A reader that starts in the middle of the archive does not see it.
    const keyword = parsePaxRecords(bytes).keys().find(describesOneMember);
    if (keyword !== undefined)
      throw new NotTarError(
        `a global header with "${keyword}", expected that in the header of a member; pack the files again`,
      );
    if (!this.#next.longPath && this.#next.pax === NO_PAX) this.#next = { pax: NO_PAX };
  }

  #takeMember({ type, path, sizeBytes }: TarHeader): void {
    const { start = 0, longPath, pax } = this.#next;
    this.#next = { pax: NO_PAX };
    const bytes = nonEmpty(pax.get("path")) ?? longPath ?? path;
    this.#path = bytes.toString("utf8");
    this.#isInside = true;
    const refusal = [...pax.keys()].some((keyword) => keyword.startsWith("GNU.sparse."))
      ? REFUSED.S
      : REFUSED[type];
    const isDirectory = type === "5" || (FILES.has(type) && this.#path.endsWith("/"));
    if (refusal !== undefined) throw new NotTarError(`it ${refusal}`);
    if (!isDirectory && !FILES.has(type) && !IGNORED.has(type))
      throw new NotTarError(`it has the type ${JSON.stringify(type)}, expected a file`);
    if (!isUtf8(bytes)) throw new NotTarError("its name is not UTF-8; pack the files again with UTF-8 names");
    this.#isMember = FILES.has(type) && !isDirectory;
    // A directory's size is not the size of anything in the archive.
    const size = type === "5" ? 0 : (paxSize(pax) ?? sizeBytes);
    if (this.#isMember) this.#visitor.begin({ path: this.#path, sizeBytes: size, start });
    this.#padBytes = padded(size) - size;
    this.#read(this.#isMember ? "data" : "ignored", size);
  }
}

interface NextMember {
  /** First byte of the first header; undefined before it. */
  start?: number;
  longPath?: Buffer;
  pax: ReadonlyMap<string, Buffer>;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

function nonEmpty(bytes: Buffer | undefined): Buffer | undefined {
  return bytes && bytes.length > 0 ? bytes : undefined;
}

function describesOneMember(keyword: string): boolean {
  return keyword === "path" || keyword === "size" || keyword.startsWith("GNU.sparse.");
}

/** @throws {NotTarError} */
function paxSize(pax: NextMember["pax"]): number | undefined {
  const text = nonEmpty(pax.get("size"))?.toString("latin1");
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new NotTarError("a PAX header whose size is not a number");
}
