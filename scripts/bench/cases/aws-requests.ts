import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultProxy, startAwsStack } from "@millrace/aws-emulator";
import type { BenchOptions, Line } from "../measure.ts";
import { deploy, type Platform, root, runJob, startPlatform } from "../platform.ts";

const WORKERS = 4;
const NOOP = {
  "millrace.yaml": "- { name: noop, kind: BatchAPI, predictor: { type: typescript, path: noop.ts } }\n",
  "noop.ts": "export class Predictor { predict(payload: unknown[]) { return payload; } }\n",
};
/**
 * US dollars per million requests in us-east-1, from the services' price lists; DynamoDB writes are counted in units
 * below.
 */
const PRICES = { sqs: 0.4, s3Write: 5, s3Read: 0.4, writeUnit: 0.625, readUnit: 0.125 } as const;
const S3_WRITES: ReadonlySet<string> = new Set([
  "PutObject",
  "UploadPart",
  "CreateMultipartUpload",
  "CompleteMultipartUpload",
  "ListObjectsV2",
]);
const DYNAMODB_WRITES: ReadonlySet<string> = new Set([
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "TransactWriteItems",
]);

type Requests = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Requests to emulated AWS per batch of one item, by all processes from submission to clean-up, with a no-op predictor:
 * the cost of the smallest batch. It includes worker startup, so a longer job costs less per batch.
 */
export async function awsRequests(_: Platform, options: BenchOptions): Promise<Line[]> {
  const items = options.quick ? 2_000 : 20_000;
  const values = { sqs: [] as number[], writes: [] as number[], s3: [] as number[], logs: [] as number[] };
  for (let round = 0; round < options.rounds; round++) {
    const requests = await countRequests(items);
    const perBatch = (service: string, wanted: (operation: string) => boolean = () => true) =>
      Object.entries(requests[service] ?? {})
        .filter(([operation]) => wanted(operation))
        .reduce((sum, [, count]) => sum + count, 0) / items;
    values.sqs.push(perBatch("sqs"));
    values.writes.push(perBatch("dynamodb", (operation) => DYNAMODB_WRITES.has(operation)));
    values.s3.push(perBatch("s3"));
    values.logs.push(perBatch("logs"));
    print(requests, items);
  }
  const line = (name: string, ours: readonly number[], target: number): Line => ({
    name: `AWS: ${name}, batch size 1, ${WORKERS} workers`,
    unit: "requests/batch",
    better: "less",
    ours,
    target,
  });
  return [
    line("SQS requests", values.sqs, 1.3),
    line("DynamoDB write requests", values.writes, 1.3),
    line("S3 requests", values.s3, 0.2),
    line("CloudWatch Logs requests", values.logs, 0.05),
  ];
}

async function countRequests(count: number): Promise<Requests> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-bench-aws-"));
  const stack = await startAwsStack({
    cacheDirectory: join(root, ".cache"),
    directory,
    workerCommand: [process.execPath, join(root, "packages", "worker", "src", "main.ts"), "run"],
    workerEnvironment: process.env,
    withFaults: true,
  });
  const platform = await startPlatform(stack.environment);
  try {
    await deploy(platform, NOOP);
    const before = copy(stack.faults as FaultProxy);
    const items = Array.from({ length: count }, (_, i) => i);
    const submission = { workers: WORKERS, item_list: { items, batch_size: 1 } };
    // Each status poll costs requests that are not the job's own, so poll rarely.
    const status = await runJob(platform, "noop", { submission, pollMs: 2_000 });
    if (status.metrics.items.succeeded !== count) throw new Error(JSON.stringify(status.job_status));
    return difference(copy(stack.faults as FaultProxy), before);
  } finally {
    await platform.stop();
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function copy({ requests }: FaultProxy): Requests {
  return structuredClone(requests) as Requests;
}

function difference(after: Requests, before: Requests): Requests {
  const services = Object.entries(after).map(([service, operations]) => {
    const counts = Object.entries(operations).map(([operation, count]) => [
      operation,
      count - (before[service]?.[operation] ?? 0),
    ]);
    return [service, Object.fromEntries(counts)];
  });
  return Object.fromEntries(services) as Requests;
}

/** Requests per million batches, and their cost. A marker is a transactional write of under 1 KB: two units. */
function print(requests: Requests, items: number): void {
  const million = 1_000_000 / items;
  let dollars = 0;
  for (const [service, operations] of Object.entries(requests)) {
    for (const [operation, count] of Object.entries(operations)) {
      if (count === 0) continue;
      console.log(`     ${service} ${operation}: ${Math.round(count * million)} a million batches`);
      if (service === "sqs") dollars += (count * million * PRICES.sqs) / 1e6;
      if (service === "s3") {
        dollars += (count * million * (S3_WRITES.has(operation) ? PRICES.s3Write : PRICES.s3Read)) / 1e6;
      }
      if (service === "dynamodb" && operation !== "TransactWriteItems") {
        const price = DYNAMODB_WRITES.has(operation) ? PRICES.writeUnit : PRICES.readUnit;
        dollars += (count * million * price) / 1e6;
      }
    }
  }
  const transactions = (requests.dynamodb?.TransactWriteItems ?? 0) * million;
  const units = 2 * (1_000_000 + transactions);
  dollars += (units * PRICES.writeUnit) / 1e6;
  console.log(
    `     write units of markers and counters: ${Math.round(units)}; together about $${dollars.toFixed(2)} a million batches`,
  );
}
