import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchClient } from "@aws-sdk/client-batch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  type FaultProxy,
  type FaultProxyOptions,
  startFakeBatch,
  startFaultProxy,
} from "@millrace/aws-emulator";
import type { ExecutionContext } from "ava";
import { tableDefinition } from "../../src/ledger/table-definition.ts";
import { startTestEmulators } from "../fixtures/cluster.ts";

export type Targets = FaultProxyOptions["targets"];

/** Every emulator, for the tests of one file. */
export async function startTargets(): Promise<{ readonly targets: Targets; stop(): Promise<void> }> {
  const emulators = await startTestEmulators();
  const batch = await startFakeBatch({
    queues: [{ name: "cpu", schedulingPolicy: false }],
    logDirectory: join(tmpdir(), `faults-${randomBytes(5).toString("hex")}`),
    baseEnvironment: {},
  });
  return {
    targets: { ...emulators.urls, batch: batch.url },
    stop: async () => void (await Promise.all([emulators.stop(), batch.stop()])),
  };
}

export interface Harness {
  readonly proxy: FaultProxy;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly s3: S3Client;
  readonly logs: CloudWatchLogsClient;
  readonly batch: BatchClient;
  queue(...bodies: string[]): Promise<string>;
  table(): Promise<string>;
  bucket(): Promise<string>;
}

/** A proxy of the test's own, and clients behind it that send every request once. */
export async function startHarness(
  t: ExecutionContext,
  options: FaultProxyOptions & { readonly maxAttempts?: number },
): Promise<Harness> {
  const proxy = await startFaultProxy(options);
  const common = {
    endpoint: proxy.url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: options.maxAttempts ?? 1,
  };
  const dynamodb = new DynamoDBClient(common);
  const clients = {
    sqs: new SQSClient(common),
    s3: new S3Client({
      ...common,
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    }),
    logs: new CloudWatchLogsClient(common),
    batch: new BatchClient(common),
  };
  t.teardown(async () => {
    for (const client of [dynamodb, ...Object.values(clients)]) client.destroy();
    await proxy.stop();
  });
  const documents = DynamoDBDocumentClient.from(dynamodb);
  return { proxy, dynamodb: documents, ...clients, ...makers({ ...clients, dynamodb: documents }) };
}

function makers({
  sqs,
  dynamodb,
  s3,
}: Pick<Harness, "sqs" | "dynamodb" | "s3">): Pick<Harness, "queue" | "table" | "bucket"> {
  const name = () => `faults-${randomBytes(5).toString("hex")}`;
  return {
    queue: async (...bodies) => {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name() }));
      for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      return QueueUrl as string;
    },
    table: async () => {
      const table = name();
      await dynamodb.send(new CreateTableCommand(tableDefinition(table)));
      return table;
    },
    bucket: async () => {
      const bucket = name();
      await s3.send(new CreateBucketCommand({ Bucket: bucket }));
      return bucket;
    },
  };
}

/** The error of a promise that is to reject. */
export async function errorOf(
  work: Promise<unknown>,
): Promise<Error & { readonly status: number | undefined }> {
  try {
    await work;
  } catch (error) {
    const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
    return Object.assign(error as Error, { status: $metadata?.httpStatusCode });
  }
  throw new Error("Cannot continue: the request succeeded, expected an error");
}
