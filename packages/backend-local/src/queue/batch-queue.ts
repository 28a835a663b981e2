import { randomBytes } from "node:crypto";
import type { BatchQueue, ItemRange, Lease } from "@millrace/core";
import { IS_DONE } from "../ledger/is-done.ts";
import { readStatus } from "../ledger/job-record.ts";
import { type BatchRow, toDescriptor } from "../ledger/segments.ts";
import type { Database } from "../state/database.ts";
import type { StateFiles } from "../state/state-files.ts";
import { sendEntries } from "./queue-entries.ts";
import { queueSize } from "./queue-size.ts";

/** For a batch that left the queue without being done: never visible again, but kept for `unfinished`. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** A lease on a batch. The key makes an index on receipts unnecessary; the receipt is used only once. */
interface Claim {
  readonly first: number;
  readonly count: number;
  readonly receipt: string;
}

/** The queue of a job's batches: a table in the job's file, so it needs no server and costs one row per batch. */
export function localBatchQueue(files: StateFiles, { now }: { readonly now: () => number }): BatchQueue {
  const issuer = randomBytes(6).toString("base64url");
  let issued = 0;
  return {
    create: async (jobId) => {
      readStatus(files.job(jobId), jobId);
      files.job(jobId).run("UPDATE queue_state SET deleted = 0 WHERE deleted = 1");
    },
    send: async (jobId, entries) => sendEntries(files.job(jobId), entries, now()),
    lease: async (jobId, { max, leaseSeconds, worker }) => {
      const atMs = now();
      const until = atMs + leaseSeconds * 1_000;
      return leaseBatches(files.job(jobId), { atMs, max, until, worker, name: `${issuer}-${++issued}` });
    },
    extend: async (jobId, receipts, leaseSeconds) => {
      const atMs = now();
      return extendClaims(files.job(jobId), receipts, { atMs, until: atMs + leaseSeconds * 1_000 });
    },
    ack: async (jobId, receipts) => ackClaims(files.job(jobId), receipts),
    release: async (jobId, receipts, { delayMs = 0, unstarted = [] } = {}) =>
      releaseClaims(files.job(jobId), receipts, { atMs: now(), delayMs, unstarted }),
    counts: async (jobId) => files.read(jobId, "counts", (database) => countBatches(database, now())),
    // Batches stay in the table but are hidden, so that `unfinished` can list those of a stopped job.
    delete: async (jobId) => {
      files.job(jobId).run("UPDATE queue_state SET deleted = 1");
    },
  };
}

function isDeleted(database: Database): boolean {
  return database.get("SELECT 1 FROM queue_state WHERE deleted = 1") !== undefined;
}

/** A `hidden_at` in the future was written before the clock was set back. */
const CLOCK_TOLERANCE_MS = 1_000;

const VISIBLE = `FROM queue WHERE (visible_at <= ?1 OR hidden_at > ?1 + ${CLOCK_TOLERANCE_MS}) AND acked = 0`;

const CLAIM = `UPDATE queue SET visible_at = ?3, hidden_at = ?1, worker = ?4, received = received + 1,
    receipt = first || '-' || count || '-' || ?5
  WHERE (first, count) IN (SELECT first, count ${VISIBLE} ORDER BY first, count LIMIT ?2)
  RETURNING first, count, segments, prior, received, receipt`;

type ClaimedRow = BatchRow & { readonly received: number; readonly receipt: string };

function leaseBatches(
  database: Database,
  lease: {
    readonly atMs: number;
    readonly max: number;
    readonly until: number;
    readonly worker: number;
    /** Makes this lease's receipts unique. */
    readonly name: string;
  },
): readonly Lease[] {
  const { atMs, max, until, worker, name } = lease;
  // An idle worker that polls takes no write lock.
  if (!database.get(`SELECT 1 ${VISIBLE} LIMIT 1`, atMs)) return [];
  return database.transaction(() => {
    if (isDeleted(database)) return [];
    const rows = database.all<ClaimedRow>(CLAIM, atMs, max, until, worker, name);
    // RETURNING guarantees no order.
    rows.sort((a, b) => a.first - b.first || a.count - b.count);
    return rows.map((row) => ({
      batch: toDescriptor(database, row),
      receipt: row.receipt,
      receiveCount: row.received,
    }));
  });
}

function parseReceipt(receipt: string): Claim | undefined {
  const match = /^(\d+)-(\d+)-/.exec(receipt);
  return match ? { first: Number(match[1]), count: Number(match[2]), receipt } : undefined;
}

/** Applies a change to each lease in one transaction. Returns the receipts whose lease was not found. */
function forClaims(
  database: Database,
  receipts: readonly string[],
  change: (claim: Claim) => number,
): readonly string[] {
  if (receipts.length === 0) return [];
  return database.transaction(() => changeClaims(receipts, change));
}

function changeClaims(receipts: readonly string[], change: (claim: Claim) => number): readonly string[] {
  return receipts.filter((receipt) => {
    const claim = parseReceipt(receipt);
    return !claim || change(claim) === 0;
  });
}

function extendClaims(
  database: Database,
  receipts: readonly string[],
  { atMs, until }: { readonly atMs: number; readonly until: number },
): readonly string[] {
  if (isDeleted(database)) return [...receipts];
  // An expired lease is still valid as long as nobody else took the batch, as in SQS.
  return forClaims(database, receipts, ({ first, count, receipt }) =>
    database.run(
      "UPDATE queue SET visible_at = ?, hidden_at = ? WHERE first = ? AND count = ? AND receipt = ?",
      until,
      atMs,
      first,
      count,
      receipt,
    ),
  );
}

function ackClaims(database: Database, receipts: readonly string[]): void {
  if (receipts.length === 0) return;
  database.transaction(() => {
    const lost = changeClaims(receipts, (claim) => ackClaim(database, claim));
    const removed = receipts.length - lost.length;
    if (removed > 0) database.run("UPDATE queue_state SET total = total - ?", removed);
  });
}

function ackClaim(database: Database, { first, count, receipt }: Claim): number {
  const removed = database.run(
    `DELETE FROM queue WHERE first = ?1 AND count = ?2 AND receipt = ?3 AND ${IS_DONE}`,
    first,
    count,
    receipt,
  );
  if (removed === 1) return 1;
  return database.run(
    `UPDATE queue SET visible_at = ${NEVER}, receipt = NULL, worker = NULL, acked = 1
     WHERE first = ? AND count = ? AND receipt = ?`,
    first,
    count,
    receipt,
  );
}

function releaseClaims(
  database: Database,
  receipts: readonly string[],
  {
    atMs,
    delayMs,
    unstarted,
  }: { readonly atMs: number; readonly delayMs: number; readonly unstarted: readonly ItemRange[] },
): void {
  const uncounted = new Set(unstarted.map(({ first, count }) => `${first}-${count}`));
  forClaims(database, receipts, ({ first, count, receipt }) =>
    database.run(
      `UPDATE queue SET visible_at = ?, hidden_at = ?, receipt = NULL, worker = NULL, received = received - ?
       WHERE first = ? AND count = ? AND receipt = ?`,
      atMs + delayMs,
      atMs,
      uncounted.has(`${first}-${count}`) ? 1 : 0,
      first,
      count,
      receipt,
    ),
  );
}

/** Releases a dead worker's leases, so that nobody has to wait for them to expire. */
export function releaseWorkerClaims(database: Database, worker: number, nowMs: number): number {
  return database.run(
    "UPDATE queue SET visible_at = ?1, hidden_at = ?1, receipt = NULL, worker = NULL WHERE worker = ?2",
    nowMs,
    worker,
  );
}

function countBatches(
  database: Database,
  nowMs: number,
): { readonly queued: number; readonly leased: number } {
  if (isDeleted(database)) return { queued: 0, leased: 0 };
  const total = queueSize(database);
  const row = database.get<{ leased: number }>(
    "SELECT count(*) AS leased FROM queue WHERE worker IS NOT NULL AND visible_at > ?",
    nowMs,
  );
  const leased = row?.leased ?? 0;
  return { queued: Math.max(0, total - leased), leased };
}
