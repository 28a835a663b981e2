/**
 * Whole rows as NDJSON, each ended by a line break, in input order: as stored in the ledger, and the input of every
 * format.
 */
export type RowChunk = string;

/** A format for a job's output. To add one, add a file here and a line in the registry. */
export interface OutputFormat {
  readonly name: string;
  /** Name extension of parts, including the dot. */
  readonly ending: string;
  /** Starts a new part. */
  encoder(): PartEncoder;
  /** Reads the rows of a part from its bytes. */
  rows(bytes: AsyncIterable<Uint8Array>): AsyncIterable<RowChunk>;
  /** True for a format whose parts are NDJSON: results are then streamed without parsing. */
  readonly isNdjson?: boolean;
}

export interface PartEncoder {
  /** Takes rows. @returns bytes of the part that are ready; often none, since formats buffer some rows first */
  add(rows: RowChunk): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** @returns the last bytes of the part */
  end(): Uint8Array | Promise<Uint8Array>;
}
