import type { Schema } from "./database.ts";

/**
 * One file per job, so that jobs do not contend for locks and deleting a job means deleting a folder.
 *
 * - `idempotency`: the key that created the job, in case the index is lost.
 * - `ranges`: what was committed. Committed ranges never overlap, so `first` alone is the key; `segments` is kept where
 *   items failed, for `unfinished`: those of the range, or the failed parts of a range of which others did not fail.
 * - `splits`: ranges that can never be committed whole.
 * - `queue`: batches not yet done. `visible_at` and `hidden_at`, when it was set, are in milliseconds; `worker` is set
 *   while leased; `acked` marks the rare batch that left the queue without being committed or split.
 * - `progress`, `job`, `queue_state`: one row each. Progress is separate from the job's row, which may be long.
 *   `queue_state.total` is the number of rows in `queue` that are not `acked`.
 */
export const JOB_SCHEMA: Schema = {
  version: 4,
  sql: `
CREATE TABLE spec (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
CREATE TABLE idempotency (id INTEGER PRIMARY KEY CHECK (id = 1), key TEXT NOT NULL, fingerprint TEXT NOT NULL);
CREATE TABLE job (
  id INTEGER PRIMARY KEY CHECK (id = 1), status TEXT NOT NULL, reason TEXT,
  total_items INTEGER, total_batches INTEGER, started_at INTEGER, ended_at INTEGER, output TEXT,
  checkpoint TEXT, completion_owner TEXT, completion_expires_at INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE progress (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  succeeded_items INTEGER NOT NULL DEFAULT 0, failed_items INTEGER NOT NULL DEFAULT 0,
  succeeded_batches INTEGER NOT NULL DEFAULT 0, failed_batches INTEGER NOT NULL DEFAULT 0,
  predict_ms REAL NOT NULL DEFAULT 0
);
CREATE TABLE sources (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE queue (
  first INTEGER NOT NULL, count INTEGER NOT NULL, segments TEXT NOT NULL, prior INTEGER NOT NULL,
  visible_at INTEGER NOT NULL, hidden_at INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0,
  receipt TEXT, worker INTEGER, acked INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (first, count)
) WITHOUT ROWID;
CREATE INDEX queue_leased ON queue (worker) WHERE worker IS NOT NULL;
CREATE TABLE queue_state (id INTEGER PRIMARY KEY CHECK (id = 1), total INTEGER NOT NULL, deleted INTEGER NOT NULL);
CREATE TABLE ranges (
  first INTEGER PRIMARY KEY, count INTEGER NOT NULL, failed INTEGER NOT NULL,
  segments TEXT, prior INTEGER, rows TEXT NOT NULL
);
CREATE INDEX ranges_failed ON ranges (first) WHERE failed > 0;
CREATE TABLE splits (first INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (first, count)) WITHOUT ROWID;
CREATE TABLE attempts (
  first INTEGER NOT NULL, count INTEGER NOT NULL, attempt INTEGER NOT NULL,
  worker INTEGER NOT NULL, ended_at INTEGER NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (first, count, attempt)
) WITHOUT ROWID;
CREATE TABLE workers (
  worker INTEGER PRIMARY KEY, status TEXT NOT NULL DEFAULT 'pending', reason TEXT,
  started_at INTEGER, heartbeat_at INTEGER,
  succeeded_items INTEGER NOT NULL DEFAULT 0, failed_items INTEGER NOT NULL DEFAULT 0,
  restarts INTEGER NOT NULL DEFAULT 0, fruitless_restarts INTEGER NOT NULL DEFAULT 0, peak_memory INTEGER,
  report TEXT
);
CREATE TABLE processes (
  worker INTEGER PRIMARY KEY, state TEXT NOT NULL, pid INTEGER, start_id TEXT, gpus TEXT NOT NULL,
  exit_code INTEGER, signal TEXT, reason TEXT
);
INSERT INTO progress (id) VALUES (1);
INSERT INTO queue_state (id, total, deleted) VALUES (1, 0, 0);
`,
};
