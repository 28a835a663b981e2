/** Whole rows as NDJSON, each ended by a line break, in input order: what the ledger keeps and every format is made from. */
export type RowChunk = string;

/** A format that a job's rows are written in. A new one is a file here and a line in the registry. */
export interface OutputFormat {
  readonly name: string;
  /** Of the names of parts, with its dot. */
  readonly ending: string;
  /** A new part. */
  encoder(): PartEncoder;
  /** The rows of a part, from its bytes. */
  rows(bytes: AsyncIterable<Uint8Array>): AsyncIterable<RowChunk>;
  /** For a format whose parts are NDJSON themselves: results are then streamed without being read. */
  readonly isNdjson?: boolean;
}

export interface PartEncoder {
  /** Takes rows. @returns bytes of the part that are ready; none is usual, since formats gather some rows first */
  add(rows: RowChunk): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** @returns the last bytes of the part */
  end(): Uint8Array | Promise<Uint8Array>;
}
