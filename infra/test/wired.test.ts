import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { BatchClient, DescribeJobDefinitionsCommand } from "@aws-sdk/client-batch";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startEmulators, startFakeBatch } from "@millrace/aws-emulator";
import test, { type ExecutionContext } from "ava";
import { BALANCER, resolveText } from "./fixtures/resolve.ts";
import { type Attributes, clusterYaml, resourcesOf, type Stack, synth } from "./fixtures/synth.ts";
import { containerOf } from "./policy/checks-iam.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "packages/cli/src/main.ts");
const CONTROL = join(ROOT, "packages/control/src/main.ts");
const WORKER = join(ROOT, "packages/worker/src/main.ts");
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "emulated", AWS_SECRET_ACCESS_KEY: "emulated" };
const TOKEN = "t".repeat(64);

test("the service starts and runs a job with only the variables and resources of the stack", async (t) => {
  t.timeout(180_000);
  const stack = synth(clusterYaml({ network: "public", gpus: "gpus", access: "internal" }));
  const directory = await mkdtemp(join(tmpdir(), "millrace-wired-"));
  t.teardown(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const endpoints = await make(t, stack, directory);

  const container = JSON.parse(resolveText(stack, JSON.stringify(containerOf(stack)))) as {
    readonly environment: readonly { readonly name: string; readonly value: string }[];
    readonly secrets: readonly { readonly name: string }[];
  };
  const given = Object.fromEntries(container.environment.map(({ name, value }) => [name, value]));
  const secret = Object.fromEntries(container.secrets.map(({ name }) => [name, TOKEN]));
  t.is(given.MILLRACE_PUBLIC_URL, `http://${BALANCER}`);
  const { child, url } = await startControl(t, {
    ...given,
    ...secret,
    // Of the machine that the test is on: where emulators are, a free port, directories, and no container for workers.
    ...endpoints,
    MILLRACE_HOST: "127.0.0.1",
    MILLRACE_PORT: "0",
    MILLRACE_HOME: join(directory, "home"),
    MILLRACE_AWS_SCRATCH: join(directory, "scratch"),
    MILLRACE_AWS_WORKER_COMMAND: JSON.stringify([process.execPath, WORKER, "run"]),
    MILLRACE_AWS_QUEUE_SETTLE_SECONDS: "0",
    MILLRACE_AWS_BATCH_POLL_SECONDS: "0.25",
    TMPDIR: directory,
  });
  const millrace = async (...args: readonly string[]) => {
    const env = { ...process.env, MILLRACE_URL: url, MILLRACE_TOKEN: TOKEN, NO_COLOR: "1" };
    return run(process.execPath, [CLI, ...args], { cwd: directory, env });
  };
  await millrace("init", "hello");
  const deployed = await millrace("deploy", "hello/millrace.yaml");
  t.regex(deployed, new RegExp(`POST http://${BALANCER}/hello`));
  t.regex(await millrace("submit", "hello", "hello/sample.json", "--watch"), /succeeded/);

  const batch = new BatchClient({
    region: "eu-west-1",
    endpoint: endpoints.MILLRACE_AWS_ENDPOINT_BATCH ?? "",
    credentials,
  });
  const { jobDefinitions = [] } = await batch.send(
    new DescribeJobDefinitionsCommand({ jobDefinitionName: "millrace-hello" }),
  );
  batch.destroy();
  const [definition] = jobDefinitions;
  t.like(definition?.containerProperties, {
    jobRoleArn: "arn:aws:iam::123456789012:role/millrace/millrace/jobs/millrace-eu-west-1-worker",
    executionRoleArn: "arn:aws:iam::123456789012:role/millrace/millrace/millrace-eu-west-1-worker-execution",
    image: given.MILLRACE_AWS_WORKER_IMAGE,
  });
  // The machine's rule against its metadata is for users from here on.
  t.true(Number(definition?.containerProperties?.user?.split(":")[0]) >= 100_000);
  child.kill("SIGTERM");
  t.deepEqual(await once(child, "exit"), [0, null]);
});

const credentials = { accessKeyId: "emulated", secretAccessKey: "emulated" };

/** Makes on emulators the bucket, table, queue, log groups and job queues of the stack, as it describes them. */
async function make(t: ExecutionContext, stack: Stack, directory: string): Promise<Record<string, string>> {
  const emulators = await startEmulators({ cacheDirectory: join(ROOT, ".cache") });
  t.teardown(() => emulators.stop());
  const logDirectory = join(directory, "worker-logs");
  await mkdir(logDirectory);
  const region = "eu-west-1";
  const batch = await startFakeBatch({
    queues: resourcesOf(stack, "aws_batch_job_queue").map(([, queue]) => ({
      name: String(queue.name),
      schedulingPolicy: queue.scheduling_policy_arn !== undefined,
    })),
    logDirectory,
    region,
    maxVcpus: 8,
    baseEnvironment: { PATH: process.env.PATH ?? "", ...CREDENTIALS },
    onEvent: () => {},
  });
  t.teardown(() => batch.stop());
  const { urls } = emulators;
  const client = (endpoint: string) => ({ region, endpoint, credentials });

  const s3 = new S3Client({ ...client(urls.s3), forcePathStyle: true });
  const Bucket = String(one(stack, "aws_s3_bucket").bucket);
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }),
  );
  const dynamodb = new DynamoDBClient(client(urls.dynamodb));
  await dynamodb.send(new CreateTableCommand(tableInput(one(stack, "aws_dynamodb_table"))));
  const sqs = new SQSClient(client(urls.sqs));
  for (const [, queue] of resourcesOf(stack, "aws_sqs_queue")) {
    const Attributes = { MessageRetentionPeriod: String(queue.message_retention_seconds) };
    await sqs.send(new CreateQueueCommand({ QueueName: String(queue.name), Attributes }));
  }
  for (const [, group] of resourcesOf(stack, "aws_cloudwatch_log_group")) {
    await fetch(urls.logs, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Logs_20140328.CreateLogGroup",
        authorization: `AWS4-HMAC-SHA256 Credential=emulated/20260101/${region}/logs/aws4_request`,
      },
      body: JSON.stringify({ logGroupName: group.name }),
    });
  }
  for (const one of [s3, dynamodb, sqs]) one.destroy();
  const services = Object.entries({ ...urls, batch: batch.url });
  return Object.fromEntries(
    services.map(([service, url]) => [`MILLRACE_AWS_ENDPOINT_${service.toUpperCase()}`, url]),
  );
}

function one(stack: Stack, type: string): Attributes {
  return resourcesOf(stack, type)[0]?.[1] ?? {};
}

/** `aws_dynamodb_table` as CreateTable takes it. */
function tableInput(table: Attributes) {
  const key = ({ hash_key, range_key }: Attributes) => [
    { AttributeName: String(hash_key), KeyType: "HASH" as const },
    { AttributeName: String(range_key), KeyType: "RANGE" as const },
  ];
  return {
    TableName: String(table.name),
    BillingMode: "PAY_PER_REQUEST" as const,
    KeySchema: key(table),
    AttributeDefinitions: (table.attribute as Attributes[]).map(({ name }) => ({
      AttributeName: String(name),
      AttributeType: "S" as const,
    })),
    GlobalSecondaryIndexes: (table.global_secondary_index as Attributes[]).map((index) => ({
      IndexName: String(index.name),
      KeySchema: key(index),
      Projection: { ProjectionType: "ALL" as const },
    })),
  };
}

/** The environment of the container and the credentials that ECS would give: nothing else of this process's. */
async function startControl(
  t: ExecutionContext,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const env = { PATH: process.env.PATH, ...CREDENTIALS, ...environment };
  const child = spawn(process.execPath, [CONTROL], { env, stdio: ["ignore", "pipe", "pipe"] });
  t.teardown(() => child.kill("SIGKILL"));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) return { child, url };
  }
  throw new Error(`The service did not start: ${said}`);
}

async function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${args.slice(1).join(" ")} ended with ${code}: ${said}`);
  return said;
}
