import { Buffer } from "node:buffer";
import { byteOrderMarkBytes } from "./byte-order-mark.ts";

/** Bytes examined on each side of one that is not UTF-8. */
const AROUND_BYTES = 256;
/** Windows-1252 bytes that are unused, or rare characters such as daggers. */
const RARELY_WESTERN = new Set([
  0x81, 0x82, 0x83, 0x84, 0x86, 0x87, 0x88, 0x89, 0x8b, 0x8d, 0x8f, 0x90, 0x98, 0x9b, 0x9d,
]);
const TO_UTF8 = "convert the file to UTF-8";

/** The first bytes as text with one character per byte, without a byte-order mark: markup and JSON start with ASCII. */
export function headText(head: Uint8Array): string {
  const start = byteOrderMarkBytes(head);
  return Buffer.from(head.buffer, head.byteOffset + start, head.byteLength - start).toString("latin1");
}

/**
 * True when the bytes contain a control character that text does not have: tabs, line ends, form feeds and escapes are
 * allowed.
 */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27));
}

/** Detects UTF-16 without a mark: in most byte pairs, the same byte is zero. */
export function unmarkedUtf16(head: Uint8Array): "little-endian" | "big-endian" | undefined {
  const pairs = head.length >> 1;
  if (pairs < 2) return undefined;
  const zeros = [0, 0];
  for (let at = 0; at < 2 * pairs; at += 1) if (head[at] === 0) (zeros[at % 2] as number) += 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > 0.7 * pairs && even < 0.1 * pairs) return "little-endian";
  if (even > 0.7 * pairs && odd < 0.1 * pairs) return "big-endian";
  return undefined;
}

/**
 * Explains bytes that are not UTF-8 at `at`: the most likely encoding, guessed from the bytes around them, or the end
 * of the data if `at` is the end.
 */
export function notUtf8Reason(bytes: Uint8Array, at: number): string {
  if (at >= bytes.length)
    return "bytes that are not UTF-8: the file ends inside a character; it may have been cut off";
  const around = bytes.subarray(Math.max(0, at - AROUND_BYTES), at + AROUND_BYTES);
  return `bytes that are not UTF-8, expected UTF-8 text; ${likelyEncoding(around)}`;
}

function likelyEncoding(bytes: Uint8Array): string {
  if (isBinary(bytes)) return "they look like binary data";
  // Single accented letters among ASCII suggest a Western encoding; other scripts come in runs, or have bytes that
  // Windows-1252 hardly uses.
  let high = 0;
  let runs = 0;
  let rare = 0;
  for (const [i, byte] of bytes.entries()) {
    if (byte < 0x80) continue;
    high += 1;
    if (i === 0 || (bytes[i - 1] as number) < 0x80) runs += 1;
    if (RARELY_WESTERN.has(byte)) rare += 1;
  }
  if (high <= 2 * runs && 2 * rare < high) {
    return `they look like Windows-1252 or Latin-1; ${TO_UTF8}, such as with "iconv -f WINDOWS-1252 -t UTF-8"`;
  }
  return `they look like another encoding, such as Windows-1251, GBK or Shift-JIS; ${TO_UTF8}`;
}
