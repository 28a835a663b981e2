import { setImmediate } from "node:timers/promises";
import { type BatchDescriptor, encodeSegments } from "@millrace/core";
import type { Database } from "./database.ts";

/**
 * All batches that were ever queued, in groups of a row each: what the queue has lost is put back from here.
 * A group costs one insert, and is read only when something is missing.
 */
export function writePlan(database: Database, batches: readonly BatchDescriptor[]): void {
  const lines = batches.map(
    ({ first, count, segments, priorAttempts = 0 }) =>
      `${first} ${count} ${priorAttempts} ${encodeSegments(segments)}`,
  );
  database.run("INSERT INTO plan (batches) VALUES (?)", lines.join("\n"));
}

/** True for a range that was committed or split. */
export function isDone(
  database: Database,
  { first, count }: { readonly first: number; readonly count: number },
): boolean {
  return (
    database.get(
      `SELECT 1 FROM ranges WHERE first = ?1 AND count = ?2
       UNION ALL SELECT 1 FROM splits WHERE first = ?1 AND count = ?2`,
      first,
      count,
    ) !== undefined
  );
}

/** Puts back the planned batches that are neither done nor in the queue, and mends those that changed there. */
export async function restoreLost(open: () => Database): Promise<void> {
  for (let after = 0; ; ) {
    const group = open().get<{ id: number; batches: string }>(
      "SELECT id, batches FROM plan WHERE id > ? ORDER BY id LIMIT 1",
      after,
    );
    if (!group) return;
    restoreGroup(open(), group.batches.split("\n"));
    after = group.id;
    await setImmediate();
  }
}

function restoreGroup(database: Database, lines: readonly string[]): void {
  database.transaction(() => {
    let restored = 0;
    for (const line of lines) {
      const [first = "", count = "", prior = "", ...segments] = line.split(" ");
      const range = { first: Number(first), count: Number(count) };
      if (isDone(database, range)) continue;
      const known = database.get<{ segments: string }>(
        "SELECT segments FROM queue WHERE first = ? AND count = ?",
        range.first,
        range.count,
      );
      const text = segments.join(" ");
      if (known?.segments === text) continue;
      if (known === undefined) restored += 1;
      database.run(
        `INSERT INTO queue (first, count, segments, prior, visible_at) VALUES (?, ?, ?, ?, 0)
         ON CONFLICT DO UPDATE SET segments = excluded.segments, prior = excluded.prior`,
        range.first,
        range.count,
        text,
        Number(prior),
      );
    }
    if (restored > 0) database.run("UPDATE queue_state SET total = total + ?", restored);
  });
}
