import type { DatasetFormat } from "../formats/format.ts";
import { DEFAULT_FORMAT, formatOfBytes, formatOfName } from "../formats/registry.ts";
import { malformedInput } from "../malformed-input.ts";
import { unmarkedUtf16 } from "../text.ts";
import { foreignFile } from "./signatures.ts";

/** File extensions of tables that are not CSV, and their column delimiters. */
const OTHER_DELIMITERS: readonly (readonly [ending: string, delimiter: string])[] = [
  [".tsv", "tabs"],
  [".tab", "tabs"],
  [".psv", '"|"'],
  [".ssv", "semicolons or spaces"],
];

export interface DetectOptions {
  /** The file's name, without the extension of its packing, such as `.gz`. */
  readonly name: string;
  /** Its first bytes, unpacked. */
  readonly head: Uint8Array;
  /** The file as the user named it, for errors. */
  readonly file: string;
  readonly warn?: ((text: string) => void) | undefined;
}

/**
 * Detects the format of a file from its first bytes if they show one, otherwise from its name. A file that no format
 * can read is rejected with a message that says what it is.
 *
 * @throws {MillraceError} malformed_input
 */
export function detectFormat({ name, head, file, warn }: DetectOptions): DatasetFormat {
  const foreign = foreignFile(head);
  if (foreign)
    throw malformedInput(`it is ${foreign.what}, which is not a dataset; ${foreign.way}`, { file });
  const endian = unmarkedUtf16(head);
  if (endian) {
    const reason = `it looks like UTF-16 (${endian}) without a byte-order mark, expected UTF-8; convert it to UTF-8, or save it with the mark`;
    throw malformedInput(reason, { file, line: 1 });
  }
  const told = formatOfBytes(head);
  const named = formatOfName(name);
  if (told) {
    if (named && named !== told)
      warn?.(`its name says ${named.title}, but it contains ${told.title} and is read as that`);
    return told;
  }
  const lower = name.toLowerCase();
  const [, delimiter] = OTHER_DELIMITERS.find(([ending]) => lower.endsWith(ending)) ?? [];
  if (delimiter) {
    const reason = `its name says that its columns are separated by ${delimiter}, expected commas; write it as CSV, with a name that ends in .csv`;
    throw malformedInput(reason, { file, line: 1 });
  }
  return named ?? DEFAULT_FORMAT;
}
