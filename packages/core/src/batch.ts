/** A range of one source: bytes `[start, end)`, or rows `[start, end)` where the format counts rows (Parquet). */
export interface Segment {
  /** Number of the source in the job; see {@link Source}. */
  readonly source: number;
  readonly start: number;
  readonly end: number;
}

/**
 * A batch as it is queued: items `[first, first + count)` of the dataset and where their bytes are. Under 1 KiB,
 * however large the items are.
 */
export interface BatchDescriptor {
  /** 0-based index of the first item in the dataset. */
  readonly first: number;
  /** Number of items, at least 1. */
  readonly count: number;
  readonly segments: readonly Segment[];
  /** Attempts already made on larger batches that this one was split from. @default 0 */
  readonly priorAttempts?: number;
}

/** The items `[first, first + count)`. */
export interface ItemRange {
  readonly first: number;
  readonly count: number;
}

const INDEX_DIGITS = 12;

/** The batch's identity: its item range, zero-padded so that ids sort in input order, such as `000000001280-64`. */
export function batchId(range: ItemRange): string {
  return `${String(range.first).padStart(INDEX_DIGITS, "0")}-${range.count}`;
}
