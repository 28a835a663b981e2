import { formatOfName } from "../formats/registry.ts";
import { malformedInput } from "../malformed-input.ts";
import { isBinary } from "../text.ts";
import { packingOf, unpackedName } from "./unpack.ts";

/**
 * Compares the packing that a file's name implies with its first bytes. The bytes decide, and the user is warned. Bytes
 * that are neither packed nor text are rejected: they are most likely damaged packed data.
 *
 * @throws {MillraceError} malformed_input
 */
export function checkPackedName(
  uri: string,
  options: {
    readonly head: Uint8Array;
    /** The file as the user named it, for errors. */
    readonly file: string;
    readonly warn?: ((text: string) => void) | undefined;
  },
): void {
  const { head, file, warn } = options;
  const { name, packing: named } = unpackedName(uri);
  const told = packingOf(head);
  if (told === named) return;
  if (!named) {
    // A name without a known extension implies nothing, and encodings have no extensions.
    if (formatOfName(name) && told && told.endings.length > 0)
      warn?.(`it is ${told.name} data, though its name does not end in ${told.endings[0]}, and was unpacked`);
    return;
  }
  if (head.length === 0) throw malformedInput(`it is empty, expected ${named.name} data`, { file });
  if (!told && isBinary(head))
    throw malformedInput(`its name says ${named.name}, but it does not begin like ${named.name} data`, {
      file,
    });
  warn?.(`its name says ${named.name}, but it is ${told ? told.name : "text"} and is read as that`);
}
