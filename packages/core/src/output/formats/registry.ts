import { MillraceError } from "../../errors.ts";
import type { OutputFormat } from "./format.ts";
import { ndjson } from "./ndjson.ts";

/** Every format. */
const FORMATS: readonly OutputFormat[] = [ndjson];

/** The format of the output unless another is requested. */
export const DEFAULT_OUTPUT_FORMAT: OutputFormat = ndjson;

/** The format of an existing part. @throws {MillraceError} state_too_new when this version does not have its format */
export function formatOfPart(uri: string): OutputFormat {
  const format = FORMATS.find(({ ending }) => uri.endsWith(ending));
  if (format) return format;
  throw new MillraceError(
    "state_too_new",
    `Cannot read the part "${uri}": this version of Millrace does not know its format, expected a name that ends in ${FORMATS.map(({ ending }) => ending).join(", ")}; use the version that wrote the job`,
  );
}
