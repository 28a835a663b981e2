/** The bytes of a file, by ranges. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** The bytes `[start, end)`, all of them. */
  read(start: number, end: number): Promise<Uint8Array>;
}
