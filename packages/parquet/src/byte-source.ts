/** The bytes of a file, by range. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Returns all the bytes `[start, end)`. */
  read(start: number, end: number): Promise<Uint8Array>;
}
