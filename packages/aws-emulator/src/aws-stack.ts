import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type AwsConfig, configEnvironment, createResources, parseAwsConfig } from "@millrace/backend-aws";
import { type FakeBatch, type FakeBatchOptions, startFakeBatch } from "./batch/fake-batch.ts";
import { type Emulators, startEmulators } from "./emulators.ts";
import { EventQueue } from "./event-queue.ts";
import { type FaultProxy, startFaultProxy } from "./faults/fault-proxy.ts";
import type { RecordedCall } from "./faults/recorded-call.ts";

export interface AwsStackOptions {
  /** Where moto is installed. */
  readonly cacheDirectory: string;
  /** For workers' logs and scratch directories. */
  readonly directory: string;
  /** Command that runs a worker, instead of a container. */
  readonly workerCommand: readonly string[];
  /** Environment that worker processes inherit. */
  readonly workerEnvironment: Readonly<Record<string, string | undefined>>;
  /** Put a fault proxy between all clients and the emulators. @default false */
  readonly withFaults?: boolean;
  /** Called with each request to the emulators; needs `withFaults`. */
  readonly record?: ((call: RecordedCall) => void) | undefined;
  readonly batch?: Partial<FakeBatchOptions>;
  /** @default `dev-` plus random letters */
  readonly cluster?: string;
}

/** A cluster on emulators, ready for the service: its tables, buckets and queues exist. */
export interface AwsStack {
  readonly config: AwsConfig;
  /** Variables that make the service or a worker use the stack. */
  readonly environment: Readonly<Record<string, string>>;
  /** Addresses of the emulators themselves, bypassing the fault proxy. */
  readonly emulators: Emulators["urls"];
  readonly batch: FakeBatch;
  readonly faults: FaultProxy | undefined;
  stop(): Promise<void>;
}

const REGION = "us-east-1";
const ROLE = "arn:aws:iam::123456789012:role";
/** Emulators accept any key. */
const KEY = "emulated";
const CREDENTIALS = { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: KEY };

/**
 * Starts moto, the SQS emulator, the fake AWS Batch and, if requested, the fault proxy; creates what the infrastructure
 * would create.
 */
export async function startAwsStack(options: AwsStackOptions): Promise<AwsStack> {
  const emulators = await startEmulators(options);
  const cluster = options.cluster ?? `dev-${randomBytes(4).toString("hex")}`;
  const events = new EventQueue(emulators.urls.sqs, `${cluster}-batch-events`);
  const batch = await startBatch(options, (event) => events.send(event));
  const faults = options.withFaults
    ? await startFaultProxy({ targets: { ...emulators.urls, batch: batch.url }, record: options.record })
    : undefined;
  const config = parseAwsConfig({
    MILLRACE_AWS_REGION: REGION,
    MILLRACE_AWS_CLUSTER: cluster,
    MILLRACE_AWS_BUCKET: `${cluster}-objects`,
    MILLRACE_AWS_JOB_QUEUES: JSON.stringify({ cpu: "cpu", "cpu-spot": "cpu-spot" }),
    MILLRACE_AWS_JOB_ROLE: `${ROLE}/millrace/job`,
    MILLRACE_AWS_EXECUTION_ROLE: `${ROLE}/millrace/execution`,
    MILLRACE_AWS_WORKER_IMAGE: "millrace-worker",
    MILLRACE_AWS_WORKER_COMMAND: JSON.stringify(options.workerCommand),
    MILLRACE_AWS_SCRATCH: join(options.directory, "scratch"),
    MILLRACE_AWS_QUEUE_SETTLE_SECONDS: "0",
    MILLRACE_AWS_BATCH_POLL_SECONDS: "0.25",
    ...endpoints(emulators, batch, faults),
  });
  await createResources(config, { credentials: { accessKeyId: KEY, secretAccessKey: KEY } });
  return {
    config,
    environment: { ...configEnvironment(config), ...CREDENTIALS },
    emulators: emulators.urls,
    batch,
    faults,
    stop: async () => {
      await batch.stop();
      await events.close();
      await faults?.stop();
      await emulators.stop();
    },
  };
}

async function startBatch(options: AwsStackOptions, onEvent: (event: object) => void): Promise<FakeBatch> {
  const logDirectory = join(options.directory, "worker-logs");
  await mkdir(logDirectory, { recursive: true });
  return startFakeBatch({
    queues: [
      { name: "cpu", schedulingPolicy: true },
      { name: "cpu-spot", schedulingPolicy: true },
    ],
    logDirectory,
    region: REGION,
    maxVcpus: 64,
    ...options.batch,
    baseEnvironment: {
      ...defined(options.workerEnvironment),
      ...CREDENTIALS,
      ...options.batch?.baseEnvironment,
    },
    onEvent,
  });
}

function endpoints(
  emulators: Emulators,
  batch: FakeBatch,
  faults: FaultProxy | undefined,
): Record<string, string> {
  const urls: Record<string, string> = { ...emulators.urls, batch: batch.url };
  const named = Object.entries(urls).map(([service, url]) => [
    `MILLRACE_AWS_ENDPOINT_${service.toUpperCase()}`,
    faults?.url ?? url,
  ]);
  return Object.fromEntries(named) as Record<string, string>;
}

function defined(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
