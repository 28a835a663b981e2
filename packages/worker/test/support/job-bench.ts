import { MemoryState, memoryBackend, putObject, sampleApi, sampleJob } from "@millrace/backend-suite";
import {
  type Attempt,
  type BatchDescriptor,
  EMPTY_REPORT,
  type JobSpec,
  type LogLine,
  type Progress,
  silentLogger,
  type WorkerBackend,
  type WorkerPace,
  type WorkerRecord,
} from "@millrace/core";
import { TimeSheet } from "../../src/context/time-sheet.ts";
import type { RunContext, WorkerContext } from "../../src/context/worker-context.ts";
import { WorkerLog } from "../../src/context/worker-log.ts";
import { PredictorSlot } from "../../src/predictor-process/mod.ts";
import { FakePredictors } from "./fake-predictors.ts";

const URI = "memory://input/items.ndjson";

export interface BenchOptions {
  /** How many, or which. @default 4 */
  readonly items?: number | readonly unknown[];
  /** @default 1 */
  readonly batchSize?: number;
  readonly job?: Partial<JobSpec>;
  readonly pace?: Partial<WorkerPace>;
  /** Puts something between the workers and the backend, such as faults. */
  readonly wrap?: (backend: WorkerBackend) => WorkerBackend;
}

/** One row of the output: its value, or the code of its error. */
export interface Row {
  readonly index: number;
  readonly output?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly attempts: number };
}

/** A running job on a backend in memory, all of its batches queued. */
export class JobBench {
  readonly state: MemoryState;
  /** As the workers have it. */
  readonly backend: WorkerBackend;
  readonly job: JobSpec;
  readonly batches: readonly BatchDescriptor[];
  /** The delays with which batches were given back for another try. Nobody waits for them. */
  readonly retryDelaysMs: readonly number[];
  /** The backend's clock goes on by so much. */
  readonly advance: (ms: number) => void;

  constructor(parts: Pick<JobBench, "state" | "backend" | "job" | "batches" | "retryDelaysMs" | "advance">) {
    this.state = parts.state;
    this.backend = parts.backend;
    this.job = parts.job;
    this.batches = parts.batches;
    this.retryDelaysMs = parts.retryDelaysMs;
    this.advance = parts.advance;
  }

  /** What a worker of the job knows. */
  workerContext(worker = 0): WorkerContext {
    const { backend, job } = this;
    const identity = { backend, job, api: sampleApi("sample"), worker, logger: silentLogger };
    return { ...identity, log: new WorkerLog(identity) };
  }

  /** The same once it runs, with predictors that do as the test says. */
  worker(worker = 0): RunContext & { readonly predictors: FakePredictors } {
    const predictors = new FakePredictors();
    const start = { before: EMPTY_REPORT, dueAtMs: Date.now(), jobCreatedAtMs: Date.now() };
    const slot = new PredictorSlot(predictors.launch, silentLogger);
    return { ...this.workerContext(worker), sheet: new TimeSheet(start), slot, predictors };
  }

  /** The job's rows so far, in input order. */
  async rows(): Promise<readonly Row[]> {
    const blocks = await Array.fromAsync(this.backend.ledger.batches.results(this.job.jobId));
    const lines = blocks.flatMap(({ rows }) => rows.split("\n").filter((line) => line !== ""));
    return lines.map((line) => JSON.parse(line) as Row);
  }

  /** By item: its output, or the code of its error. */
  async values(): Promise<readonly unknown[]> {
    return (await this.rows()).map(({ output, error }) => error?.code ?? output);
  }

  /** As `first-count`, by range and attempt. */
  async attempts(): Promise<readonly string[]> {
    const all = await Array.fromAsync(this.backend.ledger.batches.allAttempts(this.job.jobId));
    return all.map(({ first, count }: Attempt) => `${first}-${count}`);
  }

  progress(): Promise<Progress> {
    return this.backend.ledger.batches.progress(this.job.jobId);
  }

  counts(): ReturnType<WorkerBackend["queue"]["counts"]> {
    return this.backend.queue.counts(this.job.jobId);
  }

  record(worker = 0): Promise<WorkerRecord | undefined> {
    return this.backend.ledger.workers.get(this.job.jobId, worker);
  }

  async status(): Promise<string> {
    return this.backend.ledger.jobs.status(this.job.jobId);
  }

  async log(): Promise<readonly LogLine[]> {
    return Array.fromAsync(this.backend.logs.read(this.job.jobId));
  }

  /** Leases as another worker that goes silent. */
  async leaseAs(worker: number, max = 1) {
    const leases = await this.backend.queue.lease(this.job.jobId, { max, leaseSeconds: 30, worker });
    return leases.map(({ batch, receipt, receiveCount }) => ({ first: batch.first, receipt, receiveCount }));
  }
}

export async function openBench(options: BenchOptions = {}): Promise<JobBench> {
  const { items = 4, batchSize = 1, job: fields, pace, wrap = (backend) => backend } = options;
  const state = new MemoryState();
  let advancedMs = 0;
  const clock = () => Date.now() + advancedMs;
  const advance = (ms: number) => {
    advancedMs += ms;
  };
  const retryDelaysMs: number[] = [];
  const plain = memoryBackend({ state, now: clock, ...(pace && { pace }) });
  const backend = wrap(withoutDelays(plain, retryDelaysMs));
  const spec = sampleJob({
    dataset: { kind: "item_list", batchSize },
    workers: 1,
    createdAtMs: Date.now(),
    ...fields,
  });
  const { jobId } = spec;
  await plain.ledger.jobs.create(spec);
  const values = typeof items === "number" ? Array.from({ length: items }, (_, i) => i) : items;
  const lines = values.map((value) => `${JSON.stringify(value)}\n`);
  putObject(state, URI, new TextEncoder().encode(lines.join("")));
  const { sizeBytes, version } = await plain.objects.stat(URI);
  const source = { id: 0, uri: URI, origin: URI, format: "ndjson", sizeBytes, version };
  await plain.ledger.batches.addSources(jobId, [source]);
  const batches = cut(lines, batchSize);
  await plain.queue.create(jobId);
  await plain.queue.send(
    jobId,
    batches.map((batch) => ({ batch })),
  );
  await plain.ledger.jobs.setTotals(jobId, { items: lines.length, batches: batches.length });
  await plain.ledger.jobs.transition(jobId, "running", { atMs: Date.now() });
  return new JobBench({ state, backend, job: spec, batches, retryDelaysMs, advance });
}

function cut(lines: readonly string[], batchSize: number): readonly BatchDescriptor[] {
  const batches: BatchDescriptor[] = [];
  let start = 0;
  for (let first = 0; first < lines.length; first += batchSize) {
    const own = lines.slice(first, first + batchSize);
    const end = start + Buffer.byteLength(own.join(""));
    batches.push({ first, count: own.length, segments: [{ source: 0, start, end }] });
    start = end;
  }
  return batches;
}

function withoutDelays(backend: WorkerBackend, delaysMs: number[]): WorkerBackend {
  const { queue } = backend;
  const release: typeof queue.release = (jobId, receipts, { delayMs = 0, ...options } = {}) => {
    if (delayMs > 0) delaysMs.push(delayMs);
    return queue.release(jobId, receipts, options);
  };
  return { ...backend, queue: { ...queue, release } };
}
