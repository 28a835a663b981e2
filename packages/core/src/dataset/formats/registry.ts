import { MillraceError } from "../../errors.ts";
import { csv } from "./csv.ts";
import type { DatasetFormat } from "./format.ts";
import { jsonArray } from "./json-array.ts";
import { ndjson } from "./ndjson.ts";
import { parquet } from "./parquet.ts";
import { tar } from "./tar.ts";
import { text } from "./text.ts";

/** Every format. A tar archive is recognised first: its bytes may begin with the name of any file. */
const FORMATS: readonly DatasetFormat[] = [tar, ndjson, jsonArray, csv, text, parquet];

/** The format used when neither a file's bytes nor its name show one. */
export const DEFAULT_FORMAT: DatasetFormat = ndjson;

/** The format that a file's first bytes show, if any. */
export function formatOfBytes(head: Uint8Array): DatasetFormat | undefined {
  return FORMATS.find(({ matches }) => matches?.(head));
}

/** The format that a name shows; the name is without the extension of its packing. */
export function formatOfName(name: string): DatasetFormat | undefined {
  const lower = name.toLowerCase();
  return FORMATS.find(({ endings }) => endings.some((ending) => lower.endsWith(ending)));
}

/** The format of a source. @throws {MillraceError} state_too_new when this version has no format of that name */
export function formatNamed(name: string): DatasetFormat {
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (format) return format;
  throw new MillraceError(
    "state_too_new",
    `Cannot read a source of the format "${name}": this version of Millrace does not know it, expected one of ${FORMATS.map((known) => known.name).join(", ")}; use the version that enqueued the job`,
  );
}
