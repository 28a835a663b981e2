import {
  type Attempt,
  type BatchDescriptor,
  decodeRanges,
  isTerminal,
  type ResultBlock,
} from "@millrace/core";
import type { Database } from "../state/database.ts";
import { stateCorrupt } from "../state/sqlite-errors.ts";
import { garbled, readProgress } from "./progress.ts";
import { type BatchRow, toDescriptor } from "./segments.ts";

// Everything is read in pages, one transaction each: a slow reader holds no lock and does not keep the write-ahead log
// from being truncated.
const PAGE_ROWS = 256;
const PAGE_CHARACTERS = 1024 * 1024;

/** Opens the job file for each page: it may be closed or deleted between pages. */
export type OpenJob = () => Database;

interface ResultRow {
  readonly first: number;
  readonly count: number;
  readonly failed: number;
  readonly rows: string;
}

/** Committed rows in input order, starting with the block that contains item `from`. */
export async function* readResults(
  open: OpenJob,
  options: {
    readonly from?: number | undefined;
    readonly failedOnly?: boolean | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<ResultBlock> {
  const { from = 0, failedOnly = false, signal } = options;
  let next = firstBlock(open(), from);
  const sql = `SELECT first, count, failed, rows FROM ranges
    WHERE first >= ? ${failedOnly ? "AND failed > 0" : ""} ORDER BY first`;
  for (;;) {
    signal?.throwIfAborted();
    let characters = 0;
    const page = open().some<ResultRow>(sql, [next], (row, rows) => {
      characters += row.rows.length;
      return rows >= PAGE_ROWS || characters >= PAGE_CHARACTERS;
    });
    for (const { first, count, failed, rows } of page) {
      yield { first, count, rows, failedItems: failed };
      signal?.throwIfAborted();
    }
    const last = page.at(-1);
    if (!last) return;
    next = last.first + 1;
  }
}

/** Start of the block that contains `from`, or `from` itself if no block does. */
function firstBlock(database: Database, from: number): number {
  const row = database.get<{ first: number; count: number }>(
    "SELECT first, count FROM ranges WHERE first <= ? ORDER BY first DESC LIMIT 1",
    from,
  );
  return row && row.first + row.count > from ? row.first : from;
}

interface UnfinishedRow extends BatchRow {
  /** Number of items of a committed range that failed; 0 for a queued batch. */
  readonly failed: number;
}

// A queued batch has no output unless it was committed, or was split and its parts were sent. A worker killed between
// splitting and sending leaves only the whole batch.
const UNFINISHED = `
SELECT first, count, segments, prior, failed FROM ranges WHERE failed > 0 AND first > ?1
UNION ALL
SELECT first, count, segments, prior, 0 FROM queue q WHERE first > ?1
  AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.first = q.first)
  AND (NOT EXISTS (SELECT 1 FROM splits s WHERE s.first = q.first AND s.count = q.count)
    OR NOT EXISTS (SELECT 1 FROM queue p WHERE p.first >= q.first AND p.first < q.first + q.count AND p.count < q.count)
    AND NOT EXISTS (SELECT 1 FROM splits p WHERE p.first >= q.first AND p.first < q.first + q.count AND p.count < q.count)
    AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.first >= q.first AND r.first < q.first + q.count))
ORDER BY first LIMIT ${PAGE_ROWS}`;

/**
 * Batches without an output, in input order.
 *
 * @throws {MillraceError} state_corrupt also at the end, when items of a job that is over are in no batch
 */
export async function* readUnfinished(open: OpenJob, jobId: string): AsyncGenerator<BatchDescriptor> {
  let after = -1;
  let items = 0;
  for (;;) {
    const page = open().all<UnfinishedRow>(UNFINISHED, after);
    for (const row of page) {
      for (const batch of unfinishedOf(open(), row)) {
        items += batch.count;
        yield batch;
      }
    }
    const last = page.at(-1);
    if (!last) break;
    after = last.first;
  }
  checkComplete(open(), jobId, items);
}

/** The batch, or those of its parts that failed. */
function unfinishedOf(database: Database, row: UnfinishedRow): readonly BatchDescriptor[] {
  const isMixed = row.failed > 0 && row.failed < row.count;
  if (!isMixed) return [toDescriptor(database, row)];
  try {
    return decodeRanges(row.segments);
  } catch {
    throw garbled(database);
  }
}

/** While a job runs, batches are committed between two pages; afterwards the counts must add up. */
function checkComplete(database: Database, jobId: string, unfinishedItems: number): void {
  const { status, totalItems = 0, succeededItems } = readProgress(database, jobId);
  const missing = totalItems - succeededItems - unfinishedItems;
  if (!isTerminal(status) || missing <= 0) return;
  throw stateCorrupt(
    database.file,
    `${missing} of the items of job "${jobId}" are neither done nor in the job's queue`,
  );
}

interface AttemptRow {
  readonly first: number;
  readonly count: number;
  readonly attempt: number;
  readonly worker: number;
  readonly ended_at: number;
  readonly error: string;
}

export function toAttempt(row: AttemptRow): Attempt {
  return {
    first: row.first,
    count: row.count,
    attempt: row.attempt,
    worker: row.worker,
    endedAtMs: row.ended_at,
    error: JSON.parse(row.error) as Attempt["error"],
  };
}

/** Attempts of one range, oldest first. */
export function rangeAttempts(database: Database, first: number, count: number): readonly Attempt[] {
  return database
    .all<AttemptRow>("SELECT * FROM attempts WHERE first = ? AND count = ? ORDER BY attempt", first, count)
    .map(toAttempt);
}

/** Every attempt, ordered by range and attempt. */
export async function* readAttempts(open: OpenJob): AsyncGenerator<Attempt> {
  let last: AttemptRow | undefined;
  for (;;) {
    const page: AttemptRow[] = open().all<AttemptRow>(
      `SELECT * FROM attempts WHERE (first, count, attempt) > (?, ?, ?)
       ORDER BY first, count, attempt LIMIT ${PAGE_ROWS}`,
      last?.first ?? -1,
      last?.count ?? 0,
      last?.attempt ?? 0,
    );
    for (const row of page) yield toAttempt(row);
    last = page.at(-1);
    if (!last) return;
  }
}
