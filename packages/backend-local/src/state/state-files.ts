import { existsSync, mkdirSync } from "node:fs";
import { MillraceError } from "@millrace/core";
import { type Home, isSafeName } from "../home/home.ts";
import { type Database, openAtRest, openDatabase } from "./database.ts";
import { type FileStamp, stampOf } from "./file-stamp.ts";
import { INDEX_SCHEMA } from "./index-schema.ts";
import { JOB_SCHEMA } from "./job-schema.ts";
import { stateCorrupt } from "./sqlite-errors.ts";

const OPEN_JOBS = 64;
/** Jobs for which values are cached; a few kilobytes each. */
const REMEMBERED_JOBS = 20_000;

/** The open SQLite files of one process. Calls are synchronous, so a file is never closed during a query. */
export class StateFiles {
  readonly home: Home;
  readonly #openJobs: number;
  readonly #jobs = new Map<string, Database>();
  /** Values read from files that are not open, least recently used first. */
  readonly #remembered = new Map<string, { readonly stamp: string; readonly values: Map<string, unknown> }>();
  /** The file last read at rest: a caller usually reads several values of one job. */
  #resting: { readonly jobId: string; readonly stamp: string; readonly database: Database } | undefined;
  #index: Database | undefined;
  #closed = false;

  constructor(home: Home, { openJobs = OPEN_JOBS }: { readonly openJobs?: number | undefined } = {}) {
    this.home = home;
    this.#openJobs = openJobs;
  }

  /** The installation's index, created if missing. */
  index(): Database {
    if (this.#closed) throw new TypeError("Cannot use the ledger: it is closed");
    if (!this.#index) {
      mkdirSync(this.home.root, { recursive: true, mode: 0o700 });
      this.#index = openDatabase(this.home.indexFile, {
        schema: INDEX_SCHEMA,
        create: true,
        isDurable: true,
      });
    }
    return this.#index;
  }

  /** The file of a job. @throws {MillraceError} job_not_found */
  job(jobId: string): Database {
    if (this.#closed) throw new TypeError("Cannot use the ledger: it is closed");
    const open = this.#jobs.get(jobId);
    if (open) {
      // The first entry is the least recently used.
      this.#jobs.delete(jobId);
      this.#jobs.set(jobId, open);
      return open;
    }
    const file = this.home.jobFile(jobId);
    if (!isSafeName(jobId) || !existsSync(file)) throw this.#missing(jobId, file);
    const database = openDatabase(file, { schema: JOB_SCHEMA, create: false });
    this.#jobs.set(jobId, database);
    if (this.#jobs.size > this.#openJobs) this.closeJob(this.#jobs.keys().next().value as string);
    return database;
  }

  /**
   * Reads from a job's file. The value is cached under `name` while the file stays unchanged, so that waiting jobs are
   * not opened again and again, however many there are.
   */
  read<T>(jobId: string, name: string, body: (database: Database) => T): T {
    if (this.#jobs.has(jobId)) return body(this.job(jobId));
    const stamp = isSafeName(jobId) ? stampOf(this.home.jobFile(jobId)) : undefined;
    if (!stamp) return body(this.job(jobId));
    const known = this.#remembered.get(jobId);
    if (known?.stamp === stamp.text && known.values.has(name)) return known.values.get(name) as T;
    const value = (stamp.isAtRest && this.#readAtRest(jobId, stamp, body)) || { of: body(this.job(jobId)) };
    this.#remember(jobId, stamp, { name, value: value.of });
    return value.of;
  }

  /** Undefined when the file is not at rest after all, or cannot be read: then it is opened in the regular way. */
  #readAtRest<T>(jobId: string, { text }: FileStamp, body: (database: Database) => T): { of: T } | undefined {
    const file = this.home.jobFile(jobId);
    if (this.#resting?.jobId !== jobId || this.#resting.stamp !== text) {
      this.#resting?.database.close();
      const database = openAtRest(file, JOB_SCHEMA);
      this.#resting = database && { jobId, stamp: text, database };
    }
    if (!this.#resting) return undefined;
    try {
      const of = body(this.#resting.database);
      return stampOf(file)?.text === text ? { of } : undefined;
    } catch {
      return undefined;
    }
  }

  #remember(
    jobId: string,
    { text: stamp }: FileStamp,
    { name, value }: { readonly name: string; readonly value: unknown },
  ): void {
    const known = this.#remembered.get(jobId);
    const values = known?.stamp === stamp ? known.values : new Map<string, unknown>();
    values.set(name, value);
    this.#remembered.delete(jobId);
    this.#remembered.set(jobId, { stamp, values });
    if (this.#remembered.size > REMEMBERED_JOBS) {
      this.#remembered.delete(this.#remembered.keys().next().value as string);
    }
  }

  /** A job is removed from the index before its file is deleted. */
  #missing(jobId: string, file: string): MillraceError {
    const isKnown = this.index().get("SELECT 1 FROM jobs WHERE job_id = ?", jobId) !== undefined;
    return isKnown ? stateCorrupt(file, "it is not there") : jobNotFound(jobId);
  }

  closeJob(jobId: string): void {
    this.#jobs.get(jobId)?.close();
    this.#jobs.delete(jobId);
  }

  close(): void {
    this.#closed = true;
    for (const database of this.#jobs.values()) database.close();
    this.#jobs.clear();
    this.#resting?.database.close();
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
