import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 200;
const SQLITE_BUSY = 5;

/**
 * Runs `work` while no other process holds the lock on that file. The lock is an SQLite transaction and therefore a
 * lock of the operating system: it ends with its process, for whatever reason, and never has to be broken.
 *
 * @param options.onWait called once when the lock is not immediately free
 */
export async function withLock<Value>(
  path: string,
  work: () => Promise<Value>,
  options: { readonly onWait: () => void; readonly signal?: AbortSignal | undefined },
): Promise<Value> {
  const database = new DatabaseSync(path);
  try {
    for (let tries = 0; !tryLock(database); tries++) {
      if (tries === 0) options.onWait();
      await delay(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
