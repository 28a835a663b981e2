import { type Buffer, isUtf8 } from "node:buffer";
import { NotTarError } from "./tar-header.ts";

/**
 * The records of a PAX header, `<length> <keyword>=<value>\n` each, where the length counts the whole record in bytes.
 *
 * @throws {NotTarError}
 */
export function parsePaxRecords(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>();
  // Some programs pad it with NUL bytes.
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const [digits] = /^\d{1,9}(?= )/.exec(bytes.toString("latin1", at, at + 10)) ?? [];
    const end = at + Number(digits);
    const equals = bytes.indexOf("=", at);
    const isRecord = digits !== undefined && end <= bytes.length && bytes[end - 1] === 0x0a;
    const keyStart = at + (digits?.length ?? 0) + 1;
    if (!isRecord || equals < keyStart || equals >= end)
      throw new NotTarError("a PAX header that is malformed");
    const keyword = bytes.subarray(keyStart, equals);
    if (!isUtf8(keyword)) throw new NotTarError("a PAX header that is not UTF-8");
    records.set(keyword.toString("utf8"), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}
