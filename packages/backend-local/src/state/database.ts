import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { stateCorrupt, stateTooNew, translateSqliteError } from "./sqlite-errors.ts";

export type SqlValue = null | number | string | Uint8Array;

const BUSY_TIMEOUT_MS = 5_000;
/** The write-ahead log is truncated to this size after a checkpoint. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

export interface DatabaseOptions {
  /** How long to wait for another process's write. @default 5 s */
  readonly timeoutMs?: number;
  /**
   * Nobody writes to the file and it has no write-ahead log: it is read without locks, in a third of the time.
   * @default false
   */
  readonly isAtRest?: boolean;
}

/** One SQLite file. Prepared statements are cached, errors translated, and writes go through {@link transaction}. */
export class Database {
  readonly file: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #closed = false;

  constructor(file: string, { timeoutMs = BUSY_TIMEOUT_MS, isAtRest = false }: DatabaseOptions = {}) {
    this.file = file;
    try {
      this.#sqlite = isAtRest
        ? new DatabaseSync(immutable(file), { readOnly: true })
        : new DatabaseSync(file, { timeout: timeoutMs });
    } catch (error) {
      throw translateSqliteError(error, file);
    }
  }

  exec(sql: string): void {
    this.#guard(() => this.#sqlite.exec(sql));
  }

  /** Runs a statement and returns the number of changed rows. */
  run(sql: string, ...values: SqlValue[]): number {
    return this.#guard(() => Number(this.#statement(sql).run(...values).changes));
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** Reads rows until `enough` returns true: a short read transaction, however many rows there are. */
  some<Row>(sql: string, values: readonly SqlValue[], enough: (row: Row, rows: number) => boolean): Row[] {
    return this.#guard(() => {
      const rows: Row[] = [];
      for (const row of this.#statement(sql).iterate(...values)) {
        rows.push(row as Row);
        if (enough(row as Row, rows.length)) break;
      }
      return rows;
    });
  }

  /**
   * Runs `body` in one write transaction. IMMEDIATE, because a deferred read-then-write fails at once if another
   * process writes.
   */
  transaction<T>(body: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = body();
      this.exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk may already have rolled back; then there is nothing left to roll back.
      try {
        this.#sqlite.exec("ROLLBACK");
      } catch {}
      throw error;
    }
  }

  /**
   * Like {@link transaction}, but on the disk before it returns, with everything committed before: it survives a power
   * cut.
   */
  durableTransaction<T>(body: () => T): T {
    this.exec("PRAGMA synchronous = FULL");
    try {
      return this.transaction(body);
    } finally {
      this.exec("PRAGMA synchronous = NORMAL");
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#statements.clear();
    this.#sqlite.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw translateSqliteError(error, this.file);
    }
  }
}

/** Tables of one kind of state file. */
export interface Schema {
  readonly version: number;
  readonly sql: string;
}

/**
 * Opens a state file for use by several processes. Creates the tables of an empty file if `create` is given.
 *
 * @throws {MillraceError} state_too_new, state_corrupt, unavailable
 */
export function openDatabase(
  file: string,
  options: {
    readonly schema: Schema;
    readonly create: boolean;
    /** No other process sees the file yet, and the caller syncs it once at the end. @default false */
    readonly isStaged?: boolean;
    /** Every commit is on the disk before it returns. @default false: a power cut may lose the last commits */
    readonly isDurable?: boolean;
  },
): Database {
  const database = new Database(file);
  try {
    const found = schemaVersion(database);
    if (found > options.schema.version) throw stateTooNew(file, found, options.schema.version);
    if (found === 0 && !options.create) throw stateCorrupt(file, "it has no tables");
    if (options.isStaged) database.exec("PRAGMA synchronous = OFF");
    if (found === 0) createTables(database, options.schema);
    else if (found < options.schema.version)
      throw stateCorrupt(file, `it has version ${found} of the tables, which was never released`);
    if (options.isStaged) return database;
    // NORMAL: a killed process loses or damages nothing; a power cut may lose the last commits.
    const synchronous = options.isDurable ? "FULL" : "NORMAL";
    database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a state file that is at rest; undefined when its version is not the schema's. */
export function openAtRest(file: string, schema: Schema): Database | undefined {
  const database = new Database(file, { isAtRest: true });
  try {
    if (schemaVersion(database) === schema.version) return database;
  } catch {
    // A regular open reports what is wrong with it.
  }
  database.close();
  return undefined;
}

/** https://www.sqlite.org/uri.html#uriimmutable */
function immutable(file: string): URL {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  return url;
}

function schemaVersion(database: Database): number {
  return database.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
}

function createTables(database: Database, schema: Schema): void {
  // A batch's rows span several 4 KiB pages: with 8 KiB pages, a commit costs a quarter less.
  database.exec("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL");
  database.transaction(() => {
    // Another process may have created the tables first.
    if (schemaVersion(database) === schema.version) return;
    const { tables } = database.get<{ tables: number }>("SELECT count(*) AS tables FROM sqlite_master") ?? {
      tables: 0,
    };
    if (tables > 0) throw stateCorrupt(database.file, "its tables are not Millrace's");
    database.exec(schema.sql);
    database.exec(`PRAGMA user_version = ${schema.version}`);
  });
}
