import { type BatchDescriptor, decodeSegments } from "@millrace/core";

/** Columns of a batch row in the job's file. */
export interface BatchRow {
  readonly first: number;
  readonly count: number;
  readonly segments: string;
  readonly prior: number;
}

const SEGMENTS = /^(?:\d+:\d+:\d+(?: \d+:\d+:\d+)*)?$/;

/** False for a damaged row, whose items cannot be located. */
export function isReadable(row: BatchRow): boolean {
  return SEGMENTS.test(row.segments);
}

export function toDescriptor(row: BatchRow): BatchDescriptor {
  const batch = { first: row.first, count: row.count, segments: decodeSegments(row.segments) };
  return row.prior > 0 ? { ...batch, priorAttempts: row.prior } : batch;
}
