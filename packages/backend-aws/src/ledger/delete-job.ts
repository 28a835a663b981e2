import type { JobFacts } from "./job-record.ts";
import {
  checkpointKey,
  idempotencyKey,
  type Key,
  logsPartition,
  metaKey,
  poolPartition,
  progressKey,
  RELEASED_PARTITIONS,
  rangePartition,
  releasedPartition,
  WORKERS_PER_PARTITION,
  workerPartition,
} from "./keys.ts";
import type { LedgerTable } from "./table.ts";

const PAGE_KEYS = 500;

/**
 * Deletes everything that the ledger has of a job. The job's own item goes first, so that remaining items are never
 * taken for a job.
 */
export async function deleteJobItems(
  table: LedgerTable,
  { jobId, shards, spec }: JobFacts,
  idempotency: string | undefined,
): Promise<void> {
  const own = [metaKey(jobId), checkpointKey(jobId), progressKey(jobId)];
  await table.writeMany(own.map((key) => ({ delete: key })));
  if (idempotency !== undefined) await releaseKey(table, jobId, idempotency);
  const partitions = [
    logsPartition(jobId),
    poolPartition(jobId),
    ...Array.from({ length: RELEASED_PARTITIONS }, (_, shard) => releasedPartition(jobId, shard)),
    ...Array.from({ length: workerGroups(spec.workers) }, (_, group) => workerPartition(jobId, group)),
    ...Array.from({ length: shards }, (_, shard) => rangePartition(jobId, shard)),
  ];
  for (const partition of partitions) await deletePartition(table, partition);
}

/** Since then, the key may have created another job. */
async function releaseKey(table: LedgerTable, jobId: string, idempotency: string): Promise<void> {
  const remove = {
    TableName: table.name,
    Key: idempotencyKey(idempotency),
    ConditionExpression: "job_id = :job",
    ExpressionAttributeValues: { ":job": jobId },
  };
  await table.transact([{ Delete: remove }]);
}

export function workerGroups(workers: number): number {
  return Math.ceil(workers / WORKERS_PER_PARTITION);
}

async function deletePartition(table: LedgerTable, pk: string): Promise<void> {
  let keys: Key[] = [];
  const removeKeys = async () => {
    await table.writeMany(keys.map((key) => ({ delete: key })));
    keys = [];
  };
  for await (const item of table.partition(pk)) {
    keys.push({ pk: item.pk, sk: item.sk });
    if (keys.length >= PAGE_KEYS) await removeKeys();
  }
  await removeKeys();
}
