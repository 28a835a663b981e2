import type { WorkerLedger, WorkerRecord, WorkerReport, WorkerStatus } from "@millrace/core";
import { workerGroups } from "./delete-job.ts";
import type { JobRecords } from "./job-record.ts";
import { workerKey, workerPartition } from "./keys.ts";
import type { Item, LedgerTable } from "./table.ts";

type Fields = Partial<Omit<WorkerRecord, "worker">>;

const ATTRIBUTES: Readonly<Record<keyof Fields, string>> = {
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
const REASON_CHARACTERS = 4_000;

/** Workers' records. A commit adds to their counts and resets the count of fruitless restarts. */
export function dynamoWorkerLedger(records: JobRecords): WorkerLedger {
  return {
    update: async (jobId, worker, fields) => {
      const { spec } = await records.facts(jobId);
      checkWorker(worker, spec.workers);
      await updateWorker(records.table, jobId, { worker, fields });
    },
    get: async (jobId, worker) => {
      const { spec } = await records.facts(jobId);
      checkWorker(worker, spec.workers);
      const row = await records.table.get(workerKey(jobId, worker));
      return row && toRecord(row);
    },
    list: async (jobId) => {
      const { spec } = await records.facts(jobId);
      const rows = await workerRows(records.table, jobId, spec.workers);
      // Rows that exist only because the job was closed do not stand for a worker.
      return rows
        .filter(({ status, succeeded_items }) => (status ?? succeeded_items) !== undefined)
        .map(toRecord);
    },
  };
}

/** Every worker's row, by number. */
export async function workerRows(
  table: LedgerTable,
  jobId: string,
  workers: number,
): Promise<readonly Item[]> {
  const groups = Array.from({ length: workerGroups(workers) }, (_, group) =>
    Array.fromAsync(table.partition(workerPartition(jobId, group), "W#")),
  );
  return (await Promise.all(groups)).flat();
}

export function checkWorker(worker: number, workers: number): void {
  if (Number.isInteger(worker) && worker >= 0 && worker < workers) return;
  throw new RangeError(`Cannot use worker ${worker}: expected 0..${workers - 1}`);
}

async function updateWorker(
  table: LedgerTable,
  jobId: string,
  { worker, fields }: { readonly worker: number; readonly fields: Fields },
): Promise<void> {
  const entries = (Object.entries(fields) as [keyof Fields, unknown][]).filter(
    ([, value]) => value !== undefined,
  );
  const sets = ["worker = :worker", ...entries.map(([key]) => `#${key} = :${key}`)];
  if (fields.status === undefined) sets.push("#status = if_not_exists(#status, :pending)");
  // A status without a reason clears the previous status's reason.
  const endsReason = fields.status !== undefined && fields.reason === undefined;
  const names = Object.fromEntries(entries.map(([key]) => [`#${key}`, ATTRIBUTES[key]]));
  await table.update(workerKey(jobId, worker), {
    UpdateExpression: `SET ${sets.join(", ")}${endsReason ? " REMOVE #reason" : ""}`,
    ExpressionAttributeNames: { ...names, "#status": "status", ...(endsReason && { "#reason": "reason" }) },
    ExpressionAttributeValues: {
      ":worker": worker,
      ...(fields.status === undefined && { ":pending": "pending" }),
      ...Object.fromEntries(entries.map(([key, value]) => [`:${key}`, toAttribute(key, value)])),
    },
  });
}

function toAttribute(key: keyof Fields, value: unknown): unknown {
  if (key === "reason") return cut(value as string);
  // As text, it is a third of the size that a map of numbers would be billed for.
  return key === "report" ? JSON.stringify(value) : value;
}

function cut(reason: string): string {
  return reason.length > REASON_CHARACTERS ? `${reason.slice(0, REASON_CHARACTERS)} …` : reason;
}

function toRecord(row: Item): WorkerRecord {
  return {
    worker: row.worker as number,
    status: (row.status as WorkerStatus | undefined) ?? "pending",
    ...(row.reason !== undefined && { reason: row.reason as string }),
    ...(row.started_at !== undefined && { startedAtMs: row.started_at as number }),
    ...(row.heartbeat_at !== undefined && { heartbeatAtMs: row.heartbeat_at as number }),
    succeededItems: (row.succeeded_items as number | undefined) ?? 0,
    failedItems: (row.failed_items as number | undefined) ?? 0,
    restarts: (row.restarts as number | undefined) ?? 0,
    fruitlessRestarts: (row.fruitless_restarts as number | undefined) ?? 0,
    ...(row.peak_memory !== undefined && { peakMemoryBytes: row.peak_memory as number }),
    ...(row.report !== undefined && { report: JSON.parse(row.report as string) as WorkerReport }),
  };
}
