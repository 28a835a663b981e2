/** How a file is wrapped around a format's bytes: compressed, or text in another encoding. */
export interface Packing {
  readonly name: string;
  /** Endings of names that say so, in lower case. */
  readonly endings: readonly string[];
  /** Whether a file that begins with these bytes is packed so. */
  readonly matches: (head: Uint8Array) => boolean;
  /** The bytes inside. @throws {MillraceError} malformed_input when they are not whole */
  readonly unpack: (packed: AsyncIterable<Uint8Array>, options: PackedFile) => AsyncIterable<Uint8Array>;
}

export interface PackedFile {
  /** The file as the user named it, for errors. */
  readonly file: string;
}

/** Unpacked bytes come in pieces of about this size. */
export const UNPACKED_BYTES = 1024 * 1024;

export function beginsWith(bytes: Uint8Array, ...start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
