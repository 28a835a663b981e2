/** How a file is wrapped around a format's bytes: compressed, or text in another encoding. */
export interface Packing {
  readonly name: string;
  /** Name extensions for this packing, in lower case. */
  readonly endings: readonly string[];
  /** Whether a file that starts with these bytes is packed this way. */
  readonly matches: (head: Uint8Array) => boolean;
  /** The bytes inside. @throws {MillraceError} malformed_input when they are incomplete */
  readonly unpack: (packed: AsyncIterable<Uint8Array>, options: PackedFile) => AsyncIterable<Uint8Array>;
}

export interface PackedFile {
  /** The file as the user named it, for errors. */
  readonly file: string;
}

/** Approximate size of the chunks of unpacked bytes. */
export const UNPACKED_BYTES = 1024 * 1024;

export function beginsWith(bytes: Uint8Array, ...start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
