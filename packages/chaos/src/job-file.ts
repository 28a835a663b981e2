import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the job's SQLite file independently of the platform. Undefined when it is missing, locked, or its disk is full.
 */
export function withJobFile<Result>(
  path: string | undefined,
  use: (file: DatabaseSync) => Result,
): Result | undefined {
  if (path === undefined || !existsSync(path)) return undefined;
  const file = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    return use(file);
  } catch (error) {
    // Nothing was changed: the file is locked for too long, or there is no disk space.
    if (/locked|full|disk I\/O/.test((error as Error).message)) return undefined;
    throw error;
  } finally {
    file.close();
  }
}
