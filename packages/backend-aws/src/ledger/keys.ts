/**
 * Keys of the ledger's only table. A partition allows 1,000 write units a second, so whatever grows with batches or
 * workers is spread over several partitions; a transactional write costs two units.
 *
 * | partition key | sort key | what | written by, read by |
 * | --- | --- | --- | --- |
 * | `APIS` | name | the API's current version | deploy; every request to an endpoint |
 * | `ENDPOINT#<endpoint>` | `ENDPOINT` | the API that owns the endpoint | deploy |
 * | `API#<name>` | `V#<version>` | a version, immutable | deploy; workers at startup |
 * | `IDEMPOTENCY#<key>` | `IDEMPOTENCY` | the job that a key created | submission |
 * | `JOB#<id>` | `META` | spec, status, totals, completion lease, output | rarely written; polled by every worker |
 * | `JOB#<id>` | `CHECKPOINT` | the enqueuer's position | enqueuer |
 * | `JOB#<id>#PROGRESS` | `PROGRESS` | last sum of the workers' counts | one idle worker at a time; the others read it |
 * | `JOB#<id>#W<n>` | `W#<worker>` | a worker's record and exact counts, 64 per partition | commits, heartbeats |
 * | `JOB#<id>#R<n>` | `M#<first>#<count>` | marker of a range: committed (and where its rows are) or split | commits; results |
 * | `JOB#<id>#R<n>` | `A#<first>#<count>#<n>` | a failed attempt | failures |
 * | `JOB#<id>#R<n>` | `S#<id>` | a source | enqueuer; workers |
 * | `JOB#<id>#L<n>` | `<first>#<count>` | how often a batch was released unstarted | draining workers; redelivery |
 * | `JOB#<id>#LOGS` | `<worker>#<stream>` | a log stream, registered by its writer | log store |
 * | `JOB#<id>#POOL` | `G#<generation>` | a submission to AWS Batch | pool; workers at startup (fence) |
 * | `JOB#<id>#POOL` | `E#<worker>` | how a worker's last process ended; Batch forgets after days | pool |
 *
 * Sparse indexes over `META`: `jobs_by_time` (kind, job_id), `jobs_by_api` (api_name, job_id), `active_jobs` (active,
 * job_id).
 */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Workers whose rows share a partition: each commits about once a second. */
export const WORKERS_PER_PARTITION = 64;

const digits = (value: number, length: number) => String(value).padStart(length, "0");

export const apiKey = (name: string): Key => ({ pk: "APIS", sk: name });
export const endpointKey = (endpoint: string): Key => ({ pk: `ENDPOINT#${endpoint}`, sk: "ENDPOINT" });
export const versionKey = (name: string, version: string): Key => ({
  pk: `API#${name}`,
  sk: `V#${version}`,
});
export const idempotencyKey = (key: string): Key => ({ pk: `IDEMPOTENCY#${key}`, sk: "IDEMPOTENCY" });

export const metaKey = (jobId: string): Key => ({ pk: `JOB#${jobId}`, sk: "META" });
export const checkpointKey = (jobId: string): Key => ({ pk: `JOB#${jobId}`, sk: "CHECKPOINT" });
export const progressKey = (jobId: string): Key => ({ pk: `JOB#${jobId}#PROGRESS`, sk: "PROGRESS" });

export const workerPartition = (jobId: string, group: number) => `JOB#${jobId}#W${group}`;
export const workerKey = (jobId: string, worker: number): Key => ({
  pk: workerPartition(jobId, Math.floor(worker / WORKERS_PER_PARTITION)),
  sk: `W#${digits(worker, 5)}`,
});

/** Partitions for released batches; a whole spot fleet may be reclaimed at once. */
export const RELEASED_PARTITIONS = 16;
export const releasedPartition = (jobId: string, shard: number) => `JOB#${jobId}#L${shard}`;
export const releasedKey = (jobId: string, { first, count }: Range): Key => ({
  pk: releasedPartition(jobId, shardOf(first, RELEASED_PARTITIONS)),
  sk: `${first}#${count}`,
});

export const logsPartition = (jobId: string) => `JOB#${jobId}#LOGS`;
export const poolPartition = (jobId: string) => `JOB#${jobId}#POOL`;
export const generationKey = (jobId: string, generation: number): Key => ({
  pk: poolPartition(jobId),
  sk: `G#${digits(generation, 6)}`,
});
export const endingKey = (jobId: string, worker: number): Key => ({
  pk: poolPartition(jobId),
  sk: `E#${digits(worker, 5)}`,
});

/** Number of partitions for a job's ranges, fixed when the job is created: two per worker, 4 to 64. */
export function shardCount(workers: number): number {
  return Math.min(64, Math.max(4, 2 * workers));
}

export const rangePartition = (jobId: string, shard: number) => `JOB#${jobId}#R${shard}`;

/** Multiplicative hash (Knuth), so that consecutive batches of any size fall into different partitions. */
function shardOf(first: number, shards: number): number {
  return (Math.imul(first ^ Math.floor(first / 2 ** 32), 2_654_435_761) >>> 8) % shards;
}

/** A job's id and its number of shards, which determine the keys of its ranges. */
export interface Sharding {
  readonly jobId: string;
  readonly shards: number;
}

interface Range {
  readonly first: number;
  readonly count: number;
}

/** Sorts in input order; a range comes before the parts that it was split into, except the first. */
const markerSort = ({ first, count }: Range) => `M#${digits(first, 12)}#${digits(count, 10)}`;
/** Sorts before every marker of a range that begins at `first` or later. */
export const markerSortFrom = (first: number) => `M#${digits(first, 12)}`;

export const markerKey = ({ jobId, shards }: Sharding, range: Range): Key => ({
  pk: rangePartition(jobId, shardOf(range.first, shards)),
  sk: markerSort(range),
});
export const attemptPrefix = ({ first, count }: Range) => `A#${digits(first, 12)}#${digits(count, 10)}#`;
export const attemptKey = ({ jobId, shards }: Sharding, range: Range, attempt: number): Key => ({
  pk: rangePartition(jobId, shardOf(range.first, shards)),
  sk: `${attemptPrefix(range)}${digits(attempt, 6)}`,
});
export const sourceKey = ({ jobId, shards }: Sharding, id: number): Key => ({
  pk: rangePartition(jobId, id % shards),
  sk: `S#${digits(id, 10)}`,
});
