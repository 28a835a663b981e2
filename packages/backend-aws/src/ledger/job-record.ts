import {
  type Job,
  type JobOutput,
  type JobSpec,
  type JobStatus,
  MillraceError,
  type ObjectStore,
  type StatusReason,
  textChunks,
  writeObject,
} from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";
import { metaKey, type Sharding } from "./keys.ts";
import type { Item, LedgerTable } from "./table.ts";

/** What never changes about a job. */
export interface JobFacts extends Sharding {
  readonly spec: JobSpec;
}

/** Maximum number of jobs whose facts are cached: a worker uses one, the service those that it manages. */
const KEPT_JOBS = 1_000;
/**
 * A longer spec, such as one with 10,000 paths, becomes an object of its own: every read of the status and every write
 * to the item pays for all of it, and an item holds at most 400 KB.
 */
const INLINE_SPEC_BYTES = 4 * 1024;

/** Reads jobs from their `META` items, and caches what never changes about them. */
export class JobRecords {
  readonly table: LedgerTable;
  readonly #objects: ObjectStore;
  readonly #facts = new Map<string, JobFacts>();

  constructor(table: LedgerTable, objects: ObjectStore) {
    this.table = table;
    this.#objects = objects;
  }

  /** The job's current `META` item. @throws {MillraceError} job_not_found */
  async meta(jobId: string): Promise<Item> {
    const item = await this.table.get(metaKey(jobId));
    if (item) return item;
    this.#facts.delete(jobId);
    throw jobNotFound(jobId);
  }

  /** What never changes about the job; read once. @throws {MillraceError} job_not_found */
  async facts(jobId: string): Promise<JobFacts> {
    return this.#facts.get(jobId) ?? (await this.#learn(await this.meta(jobId)));
  }

  forget(jobId: string): void {
    this.#facts.delete(jobId);
  }

  async job(meta: Item): Promise<Job> {
    const { spec } = this.#facts.get(meta.job_id as string) ?? (await this.#learn(meta));
    return toJob(spec, meta);
  }

  /** The attributes that hold a spec: its text, or the location of its text. */
  async specAttributes(spec: JobSpec): Promise<Record<string, string>> {
    const text = JSON.stringify(spec);
    if (Buffer.byteLength(text) <= INLINE_SPEC_BYTES) return { spec: text };
    const uri = this.#objects.jobUri(spec.jobId, "spec.json");
    await writeObject(this.#objects, uri, { chunks: textChunks([text]) });
    return { spec_uri: uri };
  }

  async #learn(meta: Item): Promise<JobFacts> {
    const text =
      typeof meta.spec === "string"
        ? meta.spec
        : Buffer.from(await this.#objects.read(meta.spec_uri as string)).toString();
    const spec = parseExactJson(text) as JobSpec;
    const facts = { jobId: spec.jobId, shards: meta.shards as number, spec };
    this.#facts.set(spec.jobId, facts);
    if (this.#facts.size > KEPT_JOBS) this.#facts.delete(this.#facts.keys().next().value as string);
    return facts;
  }
}

function toJob(spec: JobSpec, meta: Item): Job {
  return {
    spec,
    status: meta.status as JobStatus,
    ...(meta.reason !== undefined && { reason: JSON.parse(meta.reason as string) as StatusReason }),
    ...(meta.total_items !== undefined && { totalItems: meta.total_items as number }),
    ...(meta.total_batches !== undefined && { totalBatches: meta.total_batches as number }),
    ...(meta.started_at !== undefined && { startedAtMs: meta.started_at as number }),
    ...(meta.ended_at !== undefined && { endedAtMs: meta.ended_at as number }),
    ...(meta.output !== undefined && { output: JSON.parse(meta.output as string) as JobOutput }),
  };
}

export function jobNotFound(jobId: string): MillraceError {
  return new MillraceError(
    "job_not_found",
    `Cannot find job "${jobId}": it does not exist or was deleted, list the jobs to see their ids`,
    { details: { job_id: jobId } },
  );
}
