import type { WorkerLedger, WorkerRecord, WorkerReport, WorkerStatus } from "@millrace/core";
import type { SqlValue } from "../state/database.ts";
import type { StateFiles } from "../state/state-files.ts";
import { readStatus } from "./job-record.ts";

type Fields = Partial<Omit<WorkerRecord, "worker">>;

const COLUMNS: Readonly<Record<keyof Fields, string>> = {
  status: "status",
  reason: "reason",
  startedAtMs: "started_at",
  heartbeatAtMs: "heartbeat_at",
  succeededItems: "succeeded_items",
  failedItems: "failed_items",
  restarts: "restarts",
  fruitlessRestarts: "fruitless_restarts",
  peakMemoryBytes: "peak_memory",
  report: "report",
};

/**
 * Workers of a job, in the job's file. A commit adds to their item counts and resets the count of fruitless restarts.
 */
export function localWorkerLedger(files: StateFiles): WorkerLedger {
  return {
    update: async (jobId, worker, fields) => updateWorker(files, jobId, { worker, fields }),
    get: async (jobId, worker) => {
      readStatus(files.job(jobId), jobId);
      const row = files.job(jobId).get<WorkerRow>("SELECT * FROM workers WHERE worker = ?", worker);
      return row && toRecord(row);
    },
    list: async (jobId) =>
      files.read(jobId, "workers", (database) => {
        readStatus(database, jobId);
        return database.all<WorkerRow>("SELECT * FROM workers ORDER BY worker").map(toRecord);
      }),
  };
}

function updateWorker(
  files: StateFiles,
  jobId: string,
  { worker, fields }: { readonly worker: number; readonly fields: Fields },
): void {
  const database = files.job(jobId);
  readStatus(database, jobId);
  const { report, ...plain } = fields;
  const given = { ...plain, ...(report && { report: JSON.stringify(report) }) };
  const entries = (Object.entries(given) as [keyof Fields, SqlValue | undefined][]).filter(
    (entry): entry is [keyof Fields, SqlValue] => entry[1] !== undefined,
  );
  // A status without a reason clears the previous status's reason.
  if (fields.status !== undefined && fields.reason === undefined) entries.push(["reason", null]);
  const columns = entries.map(([key]) => COLUMNS[key]);
  const values = entries.map(([, value]) => value);
  database.run(
    `INSERT INTO workers (${["worker", ...columns].join(", ")}) VALUES (${["worker", ...columns].map(() => "?").join(", ")})
     ON CONFLICT (worker) DO ${
       columns.length > 0
         ? `UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`
         : "NOTHING"
     }`,
    worker,
    ...values,
  );
}

interface WorkerRow {
  readonly worker: number;
  readonly status: WorkerStatus;
  readonly reason: string | null;
  readonly started_at: number | null;
  readonly heartbeat_at: number | null;
  readonly succeeded_items: number;
  readonly failed_items: number;
  readonly restarts: number;
  readonly fruitless_restarts: number;
  readonly peak_memory: number | null;
  readonly report: string | null;
}

function toRecord(row: WorkerRow): WorkerRecord {
  return {
    worker: row.worker,
    status: row.status,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.started_at !== null && { startedAtMs: row.started_at }),
    ...(row.heartbeat_at !== null && { heartbeatAtMs: row.heartbeat_at }),
    succeededItems: row.succeeded_items,
    failedItems: row.failed_items,
    restarts: row.restarts,
    fruitlessRestarts: row.fruitless_restarts,
    ...(row.peak_memory !== null && { peakMemoryBytes: row.peak_memory }),
    ...(row.report !== null && { report: JSON.parse(row.report) as WorkerReport }),
  };
}
