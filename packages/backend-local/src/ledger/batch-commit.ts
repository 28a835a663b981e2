import {
  type BatchCommit,
  type CommitOutcome,
  encodeRanges,
  encodeSegments,
  failedRanges,
  isTerminal,
  type Progress,
} from "@millrace/core";
import type { Database } from "../state/database.ts";
import { readStatus } from "./job-record.ts";
import { readProgress } from "./progress.ts";

/** Commits a group in one transaction: rows, committed ranges, progress and worker counts become durable together. */
export function commitBatches(
  database: Database,
  jobId: string,
  commits: readonly BatchCommit[],
): { readonly outcomes: readonly CommitOutcome[]; readonly progress: Progress } {
  return database.transaction(() => {
    const over = isTerminal(readStatus(database, jobId));
    const counts = new Counts();
    const outcomes = commits.map((commit) => {
      failedRanges(commit);
      const outcome = over ? outcomeWhenOver(database, commit) : insertRange(database, commit);
      if (outcome === "committed") counts.add(commit);
      return outcome;
    });
    counts.write(database);
    return { outcomes, progress: readProgress(database, jobId) };
  });
}

function outcomeWhenOver(database: Database, { batch }: BatchCommit): CommitOutcome {
  return committedCount(database, batch.first) === batch.count ? "duplicate" : "superseded";
}

function insertRange(database: Database, commit: BatchCommit): CommitOutcome {
  const { batch, failedItems, failed } = commit;
  if (database.get("SELECT 1 FROM splits WHERE first = ? AND count = ?", batch.first, batch.count)) {
    return "superseded";
  }
  const inserted = database.run(
    `INSERT INTO ranges (first, count, failed, segments, prior, rows) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    batch.first,
    batch.count,
    failedItems,
    failedItems === 0 ? null : failed ? encodeRanges(failed) : encodeSegments(batch.segments),
    failedItems === 0 ? null : (batch.priorAttempts ?? 0),
    commit.rows,
  );
  if (inserted === 1) return "committed";
  return committedCount(database, batch.first) === batch.count ? "duplicate" : "superseded";
}

/** Number of items in the committed range that begins at `first`, or undefined. */
export function committedCount(database: Database, first: number): number | undefined {
  return database.get<{ count: number }>("SELECT count FROM ranges WHERE first = ?", first)?.count;
}

interface WorkerCounts {
  succeeded: number;
  failed: number;
}

/** What a group adds to the job's progress and to its workers' counts. */
class Counts {
  readonly #workers = new Map<number, WorkerCounts>();
  #batches: WorkerCounts = { succeeded: 0, failed: 0 };
  #predictMs = 0;

  add({ batch, failedItems, predictMs, worker }: BatchCommit): void {
    const counts = this.#workers.get(worker) ?? { succeeded: 0, failed: 0 };
    this.#workers.set(worker, counts);
    const kind = failedItems > 0 ? "failed" : "succeeded";
    counts.succeeded += batch.count - failedItems;
    counts.failed += failedItems;
    this.#batches[kind] += 1;
    this.#predictMs += predictMs;
  }

  write(database: Database): void {
    if (this.#workers.size === 0) return;
    const items: WorkerCounts = { succeeded: 0, failed: 0 };
    for (const [worker, { succeeded, failed }] of this.#workers) {
      items.succeeded += succeeded;
      items.failed += failed;
      database.run(
        `INSERT INTO workers (worker, succeeded_items, failed_items) VALUES (?, ?, ?)
         ON CONFLICT (worker) DO UPDATE SET succeeded_items = succeeded_items + excluded.succeeded_items,
         failed_items = failed_items + excluded.failed_items, fruitless_restarts = 0`,
        worker,
        succeeded,
        failed,
      );
    }
    database.run(
      `UPDATE progress SET succeeded_items = succeeded_items + ?, failed_items = failed_items + ?,
       succeeded_batches = succeeded_batches + ?, failed_batches = failed_batches + ?, predict_ms = predict_ms + ?`,
      items.succeeded,
      items.failed,
      this.#batches.succeeded,
      this.#batches.failed,
      this.#predictMs,
    );
  }
}
