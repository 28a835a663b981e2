import { randomBytes } from "node:crypto";
import type {
  ApiVersion,
  BatchCommit,
  BatchDescriptor,
  JobSpec,
  LogLine,
  ResultBlock,
  Source,
  StoredLogLine,
  WorkerBackend,
} from "@millrace/core";

export function sampleApi(name: string, version = "0123456789abcdef", endpoint = name): ApiVersion {
  return {
    name,
    version,
    createdAtMs: 1_700_000_000_000,
    spec: {
      name,
      kind: "BatchAPI",
      predictor: {
        type: "typescript",
        path: "predictor.ts",
        config: {},
        env: {},
        pythonPath: ".",
        dependencies: { pip: "requirements.txt", conda: "conda-packages.txt", shell: "dependencies.sh" },
      },
      compute: { cpu: 1, gpu: 0, spot: false },
      networking: { endpoint },
      jobDefaults: { maxAttempts: 3, onFailure: "isolate", batchTimeoutSeconds: 600, prefetchBatches: 2 },
    },
  };
}

let jobs = 0;

/** Ids created by one process sort in creation order. */
export function newJobId(): string {
  jobs += 1;
  return `01J${String(jobs).padStart(9, "0")}${randomBytes(7).toString("hex").toUpperCase()}`;
}

export function sampleJob(fields: Partial<JobSpec> = {}): JobSpec {
  return {
    jobId: newJobId(),
    apiName: "sample",
    apiVersion: "0123456789abcdef",
    endpoint: "sample",
    dataset: { kind: "item_list", batchSize: 1 },
    workers: 8,
    config: { threshold: 0.5, ключ: [1, null, "é"] },
    maxAttempts: 3,
    onFailure: "isolate",
    batchTimeoutSeconds: 600,
    prefetchBatches: 2,
    eagerStart: false,
    labels: {},
    createdAtMs: 1_700_000_000_000,
    ...fields,
  };
}

export function sampleSource(id: number): Source {
  return {
    id,
    uri: `/data/${id}.csv`,
    origin: `/data/${id}.csv.gz`,
    format: "csv",
    sizeBytes: 1_000 + id,
    version: `v${id}`,
    meta: { header: ["a", "b"] },
  };
}

export function batch(first: number, count = 1): BatchDescriptor {
  return { first, count, segments: [{ source: 0, start: first * 10, end: (first + count) * 10 }] };
}

/** A commit whose rows name their item, so that a duplicate or foreign row is noticed. */
export function commitOf(
  range: BatchDescriptor,
  options: { readonly failed?: boolean; readonly worker?: number; readonly mark?: string } = {},
): BatchCommit {
  const { failed = false, worker = 0, mark = "" } = options;
  let rows = "";
  for (let index = range.first; index < range.first + range.count; index += 1) {
    rows += failed
      ? `{"index":${index},"id":null,"error":{"code":"predictor_error","message":"é","attempts":3}}\n`
      : `{"index":${index},"id":null,"output":"${mark}${index}"}\n`;
  }
  return { batch: range, rows, failedItems: failed ? range.count : 0, predictMs: 2, worker };
}

/** Creates a job with a queue. */
export async function createJob(backend: WorkerBackend, fields: Partial<JobSpec> = {}): Promise<string> {
  const { job } = await backend.ledger.jobs.create(sampleJob(fields));
  await backend.queue.create(job.spec.jobId);
  return job.spec.jobId;
}

/** Creates a running job with its batches queued. */
export async function createRunningJob(
  backend: WorkerBackend,
  batches: readonly BatchDescriptor[],
): Promise<string> {
  const jobId = await createJob(backend);
  await backend.queue.send(
    jobId,
    batches.map((entry) => ({ batch: entry })),
  );
  const items = batches.reduce((sum, { count }) => sum + count, 0);
  await backend.ledger.jobs.setTotals(jobId, { items, batches: batches.length });
  await backend.ledger.jobs.transition(jobId, "running", { atMs: 5 });
  return jobId;
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** The lines as written, without their positions. */
export async function collectLines(values: AsyncIterable<StoredLogLine>): Promise<LogLine[]> {
  return (await collect(values)).map(({ position: _, ...line }) => line);
}

export function rowsOf(blocks: readonly ResultBlock[]): string {
  return blocks.map(({ rows }) => rows).join("");
}
