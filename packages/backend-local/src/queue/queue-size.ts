import type { Database } from "../state/database.ts";
import { stateCorrupt } from "../state/sqlite-errors.ts";

/** Up to this many rows are counted and compared with the counter: 1,000 rows take less than 0.1 ms. */
const FEW = 1_000;

// One statement: between two, another process may add or remove a batch.
const SIZE = `SELECT total,
  (SELECT count(*) FROM (SELECT 1 FROM queue WHERE acked = 0 LIMIT ${FEW + 1})) AS few FROM queue_state`;

/**
 * The number of batches in a job's queue. Rows and counter change in the same transaction, so if they differ, something
 * else has changed the file.
 *
 * @throws {MillraceError} state_corrupt
 */
export function queueSize(database: Database): number {
  const row = database.get<{ total: number; few: number }>(SIZE);
  if (!row) throw stateCorrupt(database.file, "the counter of its queue is gone");
  const { total, few } = row;
  const isWrong = few <= FEW ? few !== total : total <= FEW;
  if (!isWrong) return total;
  const rows = few <= FEW ? few : `more than ${FEW}`;
  throw stateCorrupt(database.file, `its queue has ${rows} batches, expected ${total}`);
}
