import { Buffer } from "node:buffer";
import { headText, isBinary } from "../text.ts";

/** A kind of file that no format can read, and how to recognize it from its first bytes. */
interface Signature {
  readonly what: string;
  /** What to do instead. */
  readonly way: string;
  /** The bytes at `at`, as text with one character per byte. */
  readonly magic?: string;
  /** @default 0 */
  readonly at?: number;
  /** Text that must also appear somewhere in the first bytes. */
  readonly holds?: string;
  /** Pattern that the first bytes, without a byte-order mark, must also match. */
  readonly test?: RegExp;
}

const ZIP = "PK\x03\x04";
const UNPACK = "unpack it and submit the files in it";
const CONVERT = "convert it to NDJSON, CSV or Parquet";
const RECOMPRESS = "unpack it, or compress it with gzip or zstd";
const EXPORT = "export its rows as CSV";
const LIST = "use file_path_lister, which makes the paths of files the items";
const LOGIN = "check what was downloaded: it may be an error page or a sign-in page";

/** The first match wins: special cases come before the general kind. */
const SIGNATURES: readonly Signature[] = [
  { what: "an Excel workbook", way: 'save each sheet as "CSV UTF-8"', magic: ZIP, holds: "\0xl/" },
  { what: "a Word document", way: CONVERT, magic: ZIP, holds: "\0word/" },
  { what: "a PowerPoint presentation", way: CONVERT, magic: ZIP, holds: "\0ppt/" },
  { what: "an Office file", way: EXPORT, magic: ZIP, holds: "\0[Content_Types].xml" },
  { what: "an OpenDocument file", way: EXPORT, magic: ZIP, holds: "mimetypeapplication/vnd.oasis" },
  { what: "a NumPy archive (.npz)", way: CONVERT, magic: ZIP, holds: ".npy" },
  { what: "a PyTorch file", way: CONVERT, magic: ZIP, holds: "/data.pkl" },
  { what: "a zip archive", way: UNPACK, magic: ZIP },
  { what: "an empty zip archive", way: UNPACK, magic: "PK\x05\x06" },
  { what: "a part of a split zip archive", way: UNPACK, magic: "PK\x07\x08" },
  { what: "gzip data inside compressed data", way: "unpack it once", magic: "\x1f\x8b" },
  { what: "zstd data inside compressed data", way: "unpack it once", magic: "\x28\xb5\x2f\xfd" },
  { what: "a tar archive", way: UNPACK, magic: "ustar", at: 257 },
  { what: "a 7z archive", way: UNPACK, magic: "7z\xbc\xaf\x27\x1c" },
  { what: "a RAR archive", way: UNPACK, magic: "Rar!\x1a\x07" },
  { what: "bzip2 data", way: RECOMPRESS, magic: "BZh", test: /^BZh[1-9]1AY&SY/ },
  { what: "xz data", way: RECOMPRESS, magic: "\xfd7zXZ\0" },
  { what: "lz4 data", way: RECOMPRESS, magic: "\x04\x22\x4d\x18" },
  { what: "Snappy data", way: RECOMPRESS, magic: "\xff\x06\0\0sNaPpY" },
  { what: "data packed with compress (.Z)", way: RECOMPRESS, magic: "\x1f\x9d" },
  { what: "an Avro file", way: CONVERT, magic: "Obj\x01" },
  { what: "an Arrow IPC file (Feather)", way: CONVERT, magic: "ARROW1" },
  { what: "an Arrow IPC stream", way: CONVERT, magic: "\xff\xff\xff\xff" },
  { what: "a Feather file of version 1", way: CONVERT, magic: "FEA1" },
  { what: "an ORC file", way: CONVERT, magic: "ORC" },
  { what: "an HDF5 file", way: CONVERT, magic: "\x89HDF\r\n\x1a\n" },
  { what: "a NumPy file (.npy)", way: CONVERT, magic: "\x93NUMPY" },
  ...["\x02", "\x03", "\x04", "\x05"].map((protocol) => {
    return { what: "a Python pickle", way: CONVERT, magic: `\x80${protocol}` };
  }),
  { what: "an old Excel or Office file", way: EXPORT, magic: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" },
  { what: "a SQLite database", way: EXPORT, magic: "SQLite format 3\0" },
  { what: "a DuckDB database", way: EXPORT, magic: "DUCK", at: 8 },
  { what: "a GGUF model", way: LIST, magic: "GGUF" },
  { what: "an ELF program", way: LIST, magic: "\x7fELF" },
  { what: "a PDF", way: LIST, test: /^%PDF-\d/ },
  { what: "a PNG image", way: LIST, magic: "\x89PNG\r\n\x1a\n" },
  { what: "a JPEG image", way: LIST, magic: "\xff\xd8\xff" },
  { what: "a GIF image", way: LIST, magic: "GIF8" },
  { what: "a TIFF image", way: LIST, magic: "II*\0" },
  { what: "a TIFF image", way: LIST, magic: "MM\0*" },
  { what: "a WebP image", way: LIST, magic: "WEBP", at: 8 },
  { what: "a BMP image", way: LIST, magic: "BM" },
  { what: "a WAV file", way: LIST, magic: "WAVE", at: 8 },
  { what: "an MP3 file", way: LIST, magic: "ID3" },
  { what: "an Ogg file", way: LIST, magic: "OggS" },
  { what: "a FLAC file", way: LIST, magic: "fLaC" },
  { what: "an MP4 file", way: LIST, magic: "ftyp", at: 4 },
  { what: "a Matroska or WebM file", way: LIST, magic: "\x1a\x45\xdf\xa3" },
  { what: "text in UTF-32", way: "convert it to UTF-8", magic: "\xff\xfe\0\0" },
  { what: "text in UTF-32", way: "convert it to UTF-8", magic: "\0\0\xfe\xff" },
  { what: "an HTML page", way: LOGIN, test: /^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)[\s>]/is },
  { what: "XML", way: `${CONVERT}, or ${LOGIN}`, test: /^\s*<(?:\?xml\s|Error>|!DOCTYPE\s)/ },
];

/**
 * Identifies a file that no format can read from its first bytes, and says what to do with it; undefined for all
 * others.
 */
export function foreignFile(head: Uint8Array): Pick<Signature, "what" | "way"> | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1");
  const text = headText(head);
  return SIGNATURES.find(({ magic, at = 0, holds = "", test }) => {
    if (magic !== undefined && !bytes.startsWith(magic, at)) return false;
    // A CSV may start with a column named "ORC": all-letter signatures count only in binary files.
    if (magic !== undefined && isPrintable(magic) && !isBinary(head)) return false;
    return bytes.includes(holds) && (test?.test(text) ?? true);
  });
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
