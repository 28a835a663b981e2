import { setImmediate } from "node:timers/promises";
import type { Database } from "../state/database.ts";

/** A batch as stored in the queue. */
export interface PlannedRow {
  readonly first: number;
  readonly count: number;
  readonly prior: number;
  readonly segments: string;
}

/**
 * Stores every batch that was ever queued, one row per group. Batches that the queue has lost are restored from here. A
 * group costs one insert, and is read only if something is missing.
 */
export function writePlan(database: Database, rows: readonly PlannedRow[]): void {
  const lines = rows.map(({ first, count, prior, segments }) => `${first} ${count} ${prior} ${segments}`);
  database.run("INSERT INTO plan (batches) VALUES (?)", lines.join("\n"));
}

/** SQL: whether range `?1`, `?2` was committed or split. */
export const IS_DONE = `(EXISTS (SELECT 1 FROM ranges WHERE first = ?1 AND count = ?2)
  OR EXISTS (SELECT 1 FROM splits WHERE first = ?1 AND count = ?2))`;

/** True for a range that was committed or split. */
export function isDone(
  database: Database,
  { first, count }: { readonly first: number; readonly count: number },
): boolean {
  return database.get(`SELECT 1 WHERE ${IS_DONE}`, first, count) !== undefined;
}

/**
 * Restores planned batches that are neither done nor in the queue, and corrects queued ones that differ from the plan.
 */
export async function restoreLost(open: () => Database): Promise<void> {
  for (let after = 0; ; ) {
    const group = open().get<{ id: number; batches: string }>(
      "SELECT id, batches FROM plan WHERE id > ? ORDER BY id LIMIT 1",
      after,
    );
    if (!group) return;
    const lost = lostRows(open(), group.batches);
    // Usually nothing is lost, and nothing is written.
    if (lost.length > 0) restoreRows(open(), lost);
    after = group.id;
    // SQLite calls are synchronous: let other work run.
    await setImmediate();
  }
}

function lostRows(database: Database, batches: string): readonly PlannedRow[] {
  return batches
    .split("\n")
    .map((line): PlannedRow => {
      const [first, count, prior, ...segments] = line.split(" ");
      return {
        first: Number(first),
        count: Number(count),
        prior: Number(prior),
        segments: segments.join(" "),
      };
    })
    .filter((row) => queuedSegments(database, row) !== row.segments && !isDone(database, row));
}

function queuedSegments(database: Database, { first, count }: PlannedRow): string | undefined {
  const sql = "SELECT segments FROM queue WHERE first = ? AND count = ?";
  return database.get<{ segments: string }>(sql, first, count)?.segments;
}

function restoreRows(database: Database, rows: readonly PlannedRow[]): void {
  database.transaction(() => {
    let added = 0;
    for (const row of rows) {
      // The batch may have been committed or split since the read.
      if (isDone(database, row)) continue;
      if (queuedSegments(database, row) === undefined) added += 1;
      database.run(
        `INSERT INTO queue (first, count, segments, prior, visible_at) VALUES (?, ?, ?, ?, 0)
         ON CONFLICT DO UPDATE SET segments = excluded.segments, prior = excluded.prior`,
        row.first,
        row.count,
        row.segments,
        row.prior,
      );
    }
    if (added > 0) database.run("UPDATE queue_state SET total = total + ?", added);
  });
}
