import type { Schema } from "./database.ts";

/**
 * The small file for the whole installation. `jobs.status`, `over` and `state` are copies from the job's own file; once
 * `over` is 1 they are final. `settled`: the job is over and needs no further work.
 */
export const INDEX_SCHEMA: Schema = {
  version: 2,
  sql: `
CREATE TABLE apis (name TEXT PRIMARY KEY, version TEXT NOT NULL, endpoint TEXT NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE versions (
  name TEXT NOT NULL, version TEXT NOT NULL, created_at INTEGER NOT NULL, spec TEXT NOT NULL,
  PRIMARY KEY (name, version)
);
CREATE TABLE jobs (
  job_id TEXT PRIMARY KEY, api_name TEXT NOT NULL, api_version TEXT NOT NULL, status TEXT NOT NULL,
  over INTEGER NOT NULL DEFAULT 0, labels TEXT NOT NULL, spec TEXT NOT NULL, state TEXT NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_api ON jobs (api_name, job_id);
CREATE INDEX jobs_not_over ON jobs (job_id) WHERE over = 0;
CREATE INDEX jobs_unsettled ON jobs (job_id) WHERE over = 1 AND settled = 0;
CREATE TABLE idempotency (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, job_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX idempotency_by_job ON idempotency (job_id);
`,
};
