import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const BUSY_TIMEOUT_MS = 5_000;

/** Opens the job's SQLite file beside the platform. Undefined when there is none, or it is locked or its disk full now. */
export function withJobFile<Result>(
  path: string | undefined,
  use: (file: DatabaseSync) => Result,
): Result | undefined {
  if (path === undefined || !existsSync(path)) return undefined;
  const file = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    return use(file);
  } catch (error) {
    // It would not have been done: a lock that is held too long, or no room for the change.
    if (/locked|full|disk I\/O/.test((error as Error).message)) return undefined;
    throw error;
  } finally {
    file.close();
  }
}
