import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type ErrorCode, MillraceError } from "@millrace/core";
import test from "ava";
import { translateSqliteError } from "../../src/state/sqlite-errors.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

const codeOf = (error: unknown) => (error instanceof MillraceError ? error.code : undefined);

/** Result codes and words: https://www.sqlite.org/rescode.html */
const KNOWN: readonly (readonly [number, string, ErrorCode])[] = [
  [5, "database is locked", "unavailable"],
  [6, "database table is locked", "unavailable"],
  [7, "out of memory", "unavailable"],
  [10, "disk I/O error", "unavailable"],
  [266, "disk I/O error", "unavailable"],
  [11, "database disk image is malformed", "state_corrupt"],
  [267, "database disk image is malformed", "state_corrupt"],
  [13, "database or disk is full", "disk_full"],
  [14, "unable to open database file", "unavailable"],
  [15, "locking protocol", "unavailable"],
  [26, "file is not a database", "state_corrupt"],
  [1, "no such table: job", "state_corrupt"],
];

for (const [errcode, message, code] of KNOWN) {
  test(`translateSqliteError() is ${code} for ${errcode}, "${message}", by number and by text`, (t) => {
    t.is(codeOf(translateSqliteError(Object.assign(new Error(message), { errcode }), "/a.db")), code);
    t.is(codeOf(translateSqliteError(new Error(message), "/a.db")), code);
  });
}

test("translateSqliteError() is state_corrupt when the file system says that the file is damaged", (t) => {
  for (const errcode of [10 | (33 << 8), 10 | (32 << 8)]) {
    const error = Object.assign(new Error("disk I/O error"), { errcode });
    t.is(codeOf(translateSqliteError(error, "/a.db")), "state_corrupt");
  }
});

test("translateSqliteError() does not translate programming errors", (t) => {
  const database = new DatabaseSync(":memory:");
  const error = t.throws(() => database.exec("SELEKT 1"));
  t.is(translateSqliteError(error, "/a.db"), error);
  const known = new MillraceError("conflict", "no");
  t.is(translateSqliteError(known, "/a.db"), known);
});

test("translateSqliteError() recognises SQLite's own messages", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const file = join(home, "a.db");
  writeFileSync(file, "no database ".repeat(1_000));
  mkdirSync(join(home, "folder.db"));
  const tryOut = (path: string) => {
    const error = t.throws(() => new DatabaseSync(path).exec("SELECT * FROM sqlite_master"));
    return codeOf(translateSqliteError(error, path));
  };
  t.is(tryOut(file), "state_corrupt");
  t.is(tryOut(join(home, "folder.db")), "unavailable");
  t.is(tryOut(join(home, "no", "such", "folder.db")), "unavailable");
});
