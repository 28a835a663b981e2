import { type BatchDescriptor, decodeSegments } from "@millrace/core";

/** Columns of a batch in the job's file. */
export interface BatchRow {
  readonly first: number;
  readonly count: number;
  readonly segments: string;
  readonly prior: number;
}

export function toDescriptor(row: BatchRow): BatchDescriptor {
  const batch = { first: row.first, count: row.count, segments: decodeSegments(row.segments) };
  return row.prior > 0 ? { ...batch, priorAttempts: row.prior } : batch;
}
