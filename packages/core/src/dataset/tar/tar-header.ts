import { Buffer } from "node:buffer";

export const BLOCK_BYTES = 512;

/** Position and length of the fields of a header that matter here. https://www.gnu.org/software/tar/manual/html_node/Standard.html */
const FIELDS = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 6],
  prefix: [345, 155],
} as const;

/** The bytes are not what a tar archive has there. */
export class NotTarError extends Error {
  override readonly name = "NotTarError";
}

/** One header block. */
export interface TarHeader {
  /** Path in bytes, as no header says its encoding. */
  readonly path: Buffer;
  readonly sizeBytes: number;
  /** One character, "0" for a file. */
  readonly type: string;
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Whether a block has the checksum of its bytes, which makes it a header of any kind of tar. */
export function isTarHeader(block: Buffer): boolean {
  const stored = octal(field(block, "checksum"));
  if (stored === undefined) return false;
  const [at, length] = FIELDS.checksum;
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK_BYTES; i += 1) {
    const byte = i >= at && i < at + length ? 0x20 : (block[i] as number);
    unsigned += byte;
    // What some old programs added up.
    signed += byte < 128 ? byte : byte - 256;
  }
  return stored === unsigned || stored === signed;
}

/** @throws {NotTarError} */
export function parseTarHeader(block: Buffer): TarHeader {
  if (!isTarHeader(block)) throw new NotTarError("no header of a tar archive, its checksum is wrong");
  const sizeBytes = parseSize(field(block, "size"));
  if (sizeBytes === undefined) throw new NotTarError("a header whose size is not a number");
  const type = field(block, "type").toString("latin1");
  const name = untilNul(field(block, "name"));
  // GNU tar has other fields in place of the prefix, and another magic.
  const hasPrefix = field(block, "magic").toString("latin1") === "ustar\0" && field(block, "prefix")[0] !== 0;
  const path = hasPrefix ? Buffer.concat([untilNul(field(block, "prefix")), Buffer.from("/"), name]) : name;
  return { path, sizeBytes, type: type === "\0" ? "0" : type };
}

/** The text before the first NUL byte. */
export function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function field(block: Buffer, name: keyof typeof FIELDS): Buffer {
  const [start, length] = FIELDS[name];
  return block.subarray(start, start + length);
}

/** Octal digits, or GNU's binary numbers for files of 8 GiB and more. */
function parseSize(bytes: Buffer): number | undefined {
  const first = bytes[0] as number;
  if ((first & 0x80) === 0) return octal(bytes);
  const digits = Buffer.from(bytes);
  digits[0] = first & 0x7f;
  const size = digits.reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(size) ? size : undefined;
}

function octal(bytes: Buffer): number | undefined {
  const text = untilNul(bytes).toString("latin1").trim();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || "0", 8) : undefined;
}
