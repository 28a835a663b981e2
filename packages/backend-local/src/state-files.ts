import { existsSync, mkdirSync } from "node:fs";
import { MillraceError } from "@millrace/core";
import { type Database, openDatabase } from "./database.ts";
import { type Home, isSafeName } from "./home.ts";
import { INDEX_SCHEMA } from "./index-schema.ts";
import { JOB_SCHEMA } from "./job-schema.ts";

/** Job files kept open at once; each takes three file descriptors. */
const OPEN_JOBS = 64;

/** The open SQLite files of one process. Calls are synchronous, so a file is never closed under a running query. */
export class StateFiles {
  readonly home: Home;
  readonly #jobs = new Map<string, Database>();
  #index: Database | undefined;
  #closed = false;

  constructor(home: Home) {
    this.home = home;
  }

  /** The installation's index, made if there is none. */
  index(): Database {
    if (this.#closed) throw new TypeError("Cannot use the ledger: it is closed");
    if (!this.#index) {
      mkdirSync(this.home.root, { recursive: true, mode: 0o700 });
      this.#index = openDatabase(this.home.indexFile, { schema: INDEX_SCHEMA, create: true });
    }
    return this.#index;
  }

  /** The file of a job. @throws {MillraceError} job_not_found */
  job(jobId: string): Database {
    if (this.#closed) throw new TypeError("Cannot use the ledger: it is closed");
    const open = this.#jobs.get(jobId);
    if (open) {
      // Least recently used first.
      this.#jobs.delete(jobId);
      this.#jobs.set(jobId, open);
      return open;
    }
    if (!isSafeName(jobId) || !existsSync(this.home.jobFile(jobId))) throw jobNotFound(jobId);
    const database = openDatabase(this.home.jobFile(jobId), { schema: JOB_SCHEMA, create: false });
    this.#jobs.set(jobId, database);
    if (this.#jobs.size > OPEN_JOBS) this.closeJob(this.#jobs.keys().next().value as string);
    return database;
  }

  closeJob(jobId: string): void {
    this.#jobs.get(jobId)?.close();
    this.#jobs.delete(jobId);
  }

  close(): void {
    this.#closed = true;
    for (const database of this.#jobs.values()) database.close();
    this.#jobs.clear();
    this.#index?.close();
    this.#index = undefined;
  }
}

export function jobNotFound(jobId: string): MillraceError {
  return new MillraceError(
    "job_not_found",
    `Cannot find job "${jobId}": it does not exist or was deleted, list the jobs to see their ids`,
    {
      details: { job_id: jobId },
    },
  );
}
