import { encodeSegments, type QueueEntry } from "@millrace/core";
import { isDone } from "../ledger/is-done.ts";
import type { Database } from "../state/database.ts";

/** Queues batches. Batches that are already queued or done stay unchanged. */
export function sendEntries(database: Database, entries: readonly QueueEntry[], nowMs: number): void {
  database.transaction(() => {
    const anyDone = database.get("SELECT 1 FROM ranges UNION ALL SELECT 1 FROM splits LIMIT 1") !== undefined;
    let added = 0;
    for (const { batch, delayMs = 0 } of entries) {
      // An enqueuer that resumes may send a batch that is already done; it must not run twice.
      if (anyDone && isDone(database, batch)) continue;
      added += database.run(
        `INSERT INTO queue (first, count, segments, prior, visible_at, hidden_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET acked = 0, visible_at = excluded.visible_at, hidden_at = excluded.hidden_at
         WHERE acked = 1`,
        batch.first,
        batch.count,
        encodeSegments(batch.segments),
        batch.priorAttempts ?? 0,
        nowMs + delayMs,
        nowMs,
      );
    }
    if (added > 0) database.run("UPDATE queue_state SET total = total + ?", added);
  });
}
