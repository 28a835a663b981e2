import { type BatchDescriptor, decodeSegments } from "@millrace/core";
import type { Database } from "../state/database.ts";
import { garbled } from "./progress.ts";

/** Columns of a batch row in the job's file. */
export interface BatchRow {
  readonly first: number;
  readonly count: number;
  readonly segments: string;
  readonly prior: number;
}

const SEGMENTS = /^(?:\d+:\d+:\d+(?: \d+:\d+:\d+)*)?$/;

/** @throws {MillraceError} state_corrupt for a row whose items cannot be located */
export function toDescriptor(database: Database, row: BatchRow): BatchDescriptor {
  if (!SEGMENTS.test(row.segments)) throw garbled(database);
  const batch = { first: row.first, count: row.count, segments: decodeSegments(row.segments) };
  return row.prior > 0 ? { ...batch, priorAttempts: row.prior } : batch;
}
