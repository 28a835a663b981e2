import type { ReadingRules } from "../../job.ts";
import { csv } from "../formats/csv.ts";
import type { DatasetFormat } from "../formats/format.ts";
import { DEFAULT_FORMAT, formatNamed, formatOfBytes, formatOfName } from "../formats/registry.ts";
import { text } from "../formats/text.ts";
import { malformedInput } from "../malformed-input.ts";
import { isBinary, unmarkedUtf16 } from "../text.ts";
import { startsWithJsonLine } from "./json-line.ts";
import { foreignFile } from "./signatures.ts";

export interface DetectOptions {
  /** The file's name, without the extension of its packing, such as `.gz`. */
  readonly name: string;
  /** Its first bytes, unpacked. */
  readonly head: Uint8Array;
  /** True when the file has no other bytes. */
  readonly isWhole: boolean;
  /** The file as the user named it, for errors. */
  readonly file: string;
  readonly rules?: Pick<ReadingRules, "format" | "csv"> | undefined;
  readonly warn?: ((text: string) => void) | undefined;
}

/**
 * Detects the format of a file: the one that the user said, otherwise the one that its first bytes show, otherwise the
 * one of its name. A file that no format can read is rejected with a message that says what it is.
 *
 * @throws {MillraceError} malformed_input
 */
export function detectFormat({ name, head, isWhole, file, rules, warn }: DetectOptions): DatasetFormat {
  if (rules?.format) return saidFormat(rules.format, { head, file });
  const told = formatOfBytes(head);
  const named = formatOfName(name);
  if (told) {
    if (named && named !== told)
      warn?.(`its name says ${named.title}, but it contains ${told.title} and is read as that`);
    return told;
  }
  const foreign = foreignFile(head);
  if (foreign)
    throw malformedInput(`it is ${foreign.what}, which is not a dataset; ${foreign.way}`, { file });
  checkEncoding(head, file);
  if (named && named !== text) return named;
  if (named && startsWithJsonLine(head, { isWhole })) return DEFAULT_FORMAT;
  // Who says how CSV is written has CSV files, even if their names do not show it.
  return rules?.csv ? csv : (named ?? DEFAULT_FORMAT);
}

/** The format that the user said, unless the file is clearly something else. */
function saidFormat(
  said: string,
  { head, file }: { readonly head: Uint8Array; readonly file: string },
): DatasetFormat {
  const format = formatNamed(said);
  if (!format.isText) return format;
  const is = formatOfBytes(head)?.title ?? foreignFile(head)?.what;
  if (is && isBinary(head)) {
    const reason = `it is ${is}, expected ${format.title}, as "format" says; leave out "format" or the file`;
    throw malformedInput(reason, { file });
  }
  checkEncoding(head, file);
  return format;
}

function checkEncoding(head: Uint8Array, file: string): void {
  const endian = unmarkedUtf16(head);
  if (!endian) return;
  const reason = `it looks like UTF-16 (${endian}) without a byte-order mark, expected UTF-8; convert it to UTF-8, or save it with the mark`;
  throw malformedInput(reason, { file, line: 1 });
}
