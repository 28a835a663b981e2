import { notAnArchive } from "./refusals.ts";

const RECORD = /^([1-9]\d{0,6}) ([^=]+)=/;

/**
 * The records of a pax extended header (POSIX.1-2017, pax, "pax Header Block"): `<length> <key>=<value>\n`, where the
 * length is that of the whole record in bytes. A value may contain line breaks, so only the lengths show where records
 * end.
 *
 * @throws {MillraceError} invalid_archive
 */
export function parsePaxHeader(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.subarray(at, at + 300).toString("utf8");
    const [start = "", digits = "", key = ""] = RECORD.exec(head) ?? [];
    const end = at + Number(digits);
    const valueAt = at + Buffer.byteLength(start);
    if (start === "" || end <= valueAt || bytes[end - 1] !== 0x0a) {
      throw notAnArchive("it has a damaged extended header");
    }
    records.set(key, bytes.toString("utf8", valueAt, end - 1));
    at = end;
  }
  return records;
}
