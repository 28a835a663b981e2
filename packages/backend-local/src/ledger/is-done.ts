import type { ItemRange } from "@millrace/core";
import type { Database } from "../state/database.ts";

/** SQL: whether range `?1`, `?2` was committed or split. */
export const IS_DONE = `(EXISTS (SELECT 1 FROM ranges WHERE first = ?1 AND count = ?2)
  OR EXISTS (SELECT 1 FROM splits WHERE first = ?1 AND count = ?2))`;

/** True for a range that was committed or split. */
export function isDone(database: Database, { first, count }: ItemRange): boolean {
  return database.get(`SELECT 1 WHERE ${IS_DONE}`, first, count) !== undefined;
}
