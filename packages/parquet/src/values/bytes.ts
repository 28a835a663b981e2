import { type Buffer, isUtf8 } from "node:buffer";
import type { ByteValues } from "../encodings/values.ts";
import { ParquetError } from "../parquet-error.ts";

const REPLACEMENT = "\ufffd";

/** JSON strings. @throws {ParquetError} when a string is not UTF-8 */
export function stringTexts(values: ByteValues): string[] {
  return mapBytes(values, (bytes) => JSON.stringify(textOf(bytes)));
}

/**
 * For columns of JSON texts: the value itself, with all its digits; text that is not JSON, such as an empty string,
 * becomes a string.
 */
export function jsonTexts(values: ByteValues): string[] {
  return mapBytes(values, (bytes) => {
    const text = textOf(bytes);
    try {
      JSON.parse(text);
    } catch {
      return JSON.stringify(text);
    }
    // Line breaks only occur between tokens.
    return text.trim().replace(/[\r\n]/g, " ");
  });
}

export function base64Texts(values: ByteValues): string[] {
  return mapBytes(values, (bytes) => `"${bytes.toString("base64")}"`);
}

export function uuidTexts(values: ByteValues): string[] {
  return mapBytes(values, (bytes) => `"${uuidOf(bytes)}"`);
}

export function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Bytes as a string with one character each: for parts of a value that are not JSON by themselves. */
export function latin1Texts(values: ByteValues): string[] {
  return mapBytes(values, (bytes) => bytes.toString("latin1"));
}

/** @throws {ParquetError} */
export function textOf(bytes: Buffer): string {
  // Not TextDecoder, which would remove a byte-order mark.
  const text = bytes.toString("utf8");
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) {
    throw new ParquetError(
      `it has a text that is not UTF-8 (${excerpt(bytes)}), expected UTF-8; store such values as binary, or convert them`,
    );
  }
  return text;
}

function excerpt(bytes: Buffer): string {
  const shown = bytes
    .toString("latin1", 0, 24)
    .replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return bytes.length > 24 ? `${shown}…` : shown;
}

function mapBytes({ bytes, starts, ends }: ByteValues, text: (bytes: Buffer) => string): string[] {
  return Array.from(starts, (start, i) => text(bytes.subarray(start, ends[i])));
}
