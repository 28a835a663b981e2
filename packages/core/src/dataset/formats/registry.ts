import { MillraceError } from "../../errors.ts";
import { csv } from "./csv.ts";
import type { DatasetFormat } from "./format.ts";
import { ndjson } from "./ndjson.ts";
import { parquet } from "./parquet.ts";

/** Every format. A file whose name tells none is the first one's. */
const FORMATS: readonly [DatasetFormat, ...DatasetFormat[]] = [ndjson, csv, parquet];

/** The format that a name without `.gz` tells. */
export function formatOfName(name: string): DatasetFormat {
  const lower = name.toLowerCase();
  return FORMATS.find(({ endings }) => endings.some((ending) => lower.endsWith(ending))) ?? FORMATS[0];
}

/** The format of a source. @throws {MillraceError} state_too_new when this version has none of that name */
export function formatNamed(name: string): DatasetFormat {
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (format) return format;
  throw new MillraceError(
    "state_too_new",
    `Cannot read a source of the format "${name}": this version of Millrace does not know it, expected one of ${FORMATS.map((known) => known.name).join(", ")}; use the version that enqueued the job`,
  );
}
