import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  type Emulators,
  type FakeBatch,
  type FakeBatchOptions,
  type FaultProxy,
  startFakeBatch,
  startFaultProxy,
} from "@millrace/aws-emulator";
import { sampleApi, sampleJob } from "@millrace/backend-suite";
import {
  type ApiVersion,
  type Backend,
  type Job,
  type Logger,
  type PoolWorker,
  silentLogger,
} from "@millrace/core";
import type { ExecutionContext } from "ava";
import { type Clients, makeClients, type OnRequest } from "../../src/aws/clients.ts";
import type { AwsConfig } from "../../src/aws/config.ts";
import { openAwsBackend } from "../../src/backend.ts";
import { LedgerTable } from "../../src/ledger/table.ts";
import { identifyWorker, type WorkerIdentity } from "../../src/pool/identify-worker.ts";
import { PoolRecords } from "../../src/pool/pool-records.ts";
import { createCluster } from "../fixtures/cluster.ts";

export { isRunning, shell, until } from "../fake-batch/harness.ts";

export interface PoolHarness {
  readonly fake: FakeBatch;
  /** Where `withFaults` put one between the clients and the emulators. */
  readonly faults: FaultProxy;
  readonly config: AwsConfig;
  readonly backend: Backend;
  readonly clients: Clients;
  readonly records: PoolRecords;
  /** Every request of the backend so far, as `batch.SubmitJob`, and when on the clock of `performance`. */
  readonly requests: { readonly name: string; readonly atMs: number }[];
  /** A job of the API "sample" in the ledger; nothing is started. */
  job(workers: number): Promise<Job>;
  /** Another life of the service, on the same cluster. */
  reopen(): Promise<Backend>;
  /** Polls until the job's workers are as wanted. */
  workers(
    jobId: string,
    wanted: (workers: readonly PoolWorker[]) => boolean,
    backend?: Backend,
  ): Promise<readonly PoolWorker[]>;
  /** What a process of a Batch job of the fake finds out about itself. */
  identify(batchJobId: string): Promise<WorkerIdentity | undefined>;
}

export interface PoolOptions {
  readonly emulators: Emulators;
  /** What a worker's container runs. */
  readonly command: readonly string[];
  readonly api?: ApiVersion;
  readonly batch?: Partial<FakeBatchOptions>;
  readonly withFaults?: boolean;
  readonly config?: Readonly<Record<string, string>>;
  readonly now?: () => number;
  readonly logger?: Logger;
}

/** A cluster of the test's own with a fake AWS Batch, and the service's backend on it. */
export async function startPool(t: ExecutionContext, options: PoolOptions): Promise<PoolHarness> {
  const { emulators, command, api = sampleApi("sample"), withFaults = false } = options;
  const folder = await mkdtemp(join(tmpdir(), "pool-"));
  const fake = await startFakeBatch({
    queues: ["cpu", "g5", "g5-spot"].map((name) => ({ name, schedulingPolicy: true })),
    logDirectory: join(folder, "logs"),
    baseEnvironment: { PATH: process.env.PATH ?? "", FOLDER: folder },
    ...options.batch,
  });
  const targets = { ...emulators.urls, batch: fake.url };
  const faults = await startFaultProxy({ targets });
  const config = await createCluster(withFaults ? faults.url : targets, {
    MILLRACE_AWS_WORKER_COMMAND: JSON.stringify(command),
    MILLRACE_AWS_BATCH_POLL_SECONDS: "0.05",
    ...options.config,
  });
  const requests: PoolHarness["requests"] = [];
  const onRequest: OnRequest = (service, name) => {
    requests.push({ name: `${service}.${name}`, atMs: performance.now() });
  };
  const open = async () => {
    const opened = await openAwsBackend({ logger: silentLogger, ...options, config, onRequest });
    t.teardown(async () => {
      await opened.pool.close();
      await opened.ledger.close();
    });
    return opened;
  };
  // Teardowns run last first: the backends end before what they talk to.
  const clients = makeClients(config);
  t.teardown(async () => {
    clients.close();
    await fake.stop();
    await faults.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const backend = await open();
  await backend.ledger.apis.put(api);
  await backend.pool.prepare(api, { archiveUri: "", onOutput: () => {} });
  const records = new PoolRecords(new LedgerTable(clients.dynamodb, config.table));
  return {
    fake,
    faults,
    config,
    backend,
    clients,
    records,
    requests,
    job: async (workers) => (await backend.ledger.jobs.create(sampleJob({ workers }))).job,
    reopen: open,
    workers: async (jobId, wanted, { pool } = backend) => {
      const deadlineMs = performance.now() + 180_000;
      for (;;) {
        const workers = await pool.describe(jobId);
        if (wanted(workers)) return workers;
        if (performance.now() > deadlineMs) throw new Error(`Cannot continue: ${JSON.stringify(workers)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    identify: (batchJobId) =>
      identifyWorker(records, { env: environmentOf(fake, batchJobId), logger: silentLogger }),
  };
}

/** What the fake gives to the process of a job or child. */
function environmentOf(fake: FakeBatch, batchJobId: string): Record<string, string> {
  const job = fake.jobs().find(({ jobId }) => jobId === batchJobId);
  if (!job) throw new Error(`Cannot find Batch job "${batchJobId}"`);
  return {
    ...job.environment,
    AWS_BATCH_JOB_ID: job.jobId,
    ...(job.index !== undefined && { AWS_BATCH_JOB_ARRAY_INDEX: String(job.index) }),
  };
}

/** Parents and plain jobs, without children. */
export function submissions(fake: FakeBatch) {
  return fake.jobs().filter(({ parentId }) => parentId === undefined);
}

export const allExited = (workers: readonly PoolWorker[]) =>
  workers.length > 0 && workers.every(({ state }) => state === "exited");
export const allRunning = (workers: readonly PoolWorker[]) =>
  workers.length > 0 && workers.every(({ state }) => state === "running");
