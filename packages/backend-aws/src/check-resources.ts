import { DescribeJobQueuesCommand } from "@aws-sdk/client-batch";
import { DescribeLogStreamsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, HeadBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, ListQueuesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { MillraceError } from "@millrace/core";
import { awsErrorName, httpStatus, isPassing } from "./aws/aws-errors.ts";
import type { Clients } from "./aws/clients.ts";
import type { AwsConfig } from "./aws/config.ts";
import { INDEXES } from "./ledger/table-definition.ts";
import { queueName } from "./queue/queue-urls.ts";

/** A required resource or permission, and the variable that names it. */
interface Check {
  readonly what: string;
  readonly variable: string;
  /** Throws, or returns what is wrong. */
  readonly look: () => Promise<string | undefined>;
}

const PROBE = "start-up-check";

/**
 * Checks every resource that jobs need, and writes where they write, so that anything missing is reported when the
 * service starts and not when the first job fails.
 *
 * @throws {MillraceError} backend_misconfigured with everything that is wrong
 */
export async function checkResources(clients: Clients, config: AwsConfig): Promise<void> {
  const results = await Promise.all(
    checksOf(clients, config).map(async ({ what, variable, look }) => {
      const problem = await look().catch((error: unknown) => describe(error));
      return problem === undefined ? [] : [`${what} (${variable}): ${problem}`];
    }),
  );
  const problems = results.flat();
  if (problems.length === 0) return;
  throw new MillraceError(
    "backend_misconfigured",
    `Cannot use cluster "${config.cluster}" in ${config.region}: ${problems.join("; ")}`,
    { details: { problems } },
  );
}

function checksOf({ s3, dynamodb, sqs, logs, batch }: Clients, config: AwsConfig): readonly Check[] {
  const { bucket, table, eventsQueue, jobQueues, cluster } = config;
  const nothing = async (work: Promise<unknown>) => void (await work);
  const logGroup = (logGroupName: string, variable: string): Check => ({
    what: `log group "${logGroupName}"`,
    variable,
    look: () => nothing(logs.send(new DescribeLogStreamsCommand({ logGroupName, limit: 1 }))),
  });
  return [
    {
      what: `bucket "${bucket}"`,
      variable: "MILLRACE_AWS_BUCKET",
      look: async () => {
        await s3.send(new HeadBucketCommand({ Bucket: bucket }));
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `jobs/${PROBE}`, Body: PROBE }));
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `jobs/${PROBE}` }));
        return undefined;
      },
    },
    {
      what: `table "${table}"`,
      variable: "MILLRACE_AWS_TABLE",
      look: async () => {
        const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
        const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
        const missing = Object.values(INDEXES).filter((name) => !indexes.includes(name));
        if (missing.length > 0)
          return `index ${missing.join(", ")} is missing, deploy the infrastructure again`;
        const Key = { pk: PROBE, sk: PROBE };
        await dynamodb.send(new PutCommand({ TableName: table, Item: Key }));
        await dynamodb.send(new DeleteCommand({ TableName: table, Key }));
        return undefined;
      },
    },
    {
      what: `queue "${eventsQueue}"`,
      variable: "MILLRACE_AWS_EVENTS_QUEUE",
      look: async () => {
        const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: eventsQueue }));
        const input = { QueueUrl, VisibilityTimeout: 0, WaitTimeSeconds: 0 };
        return nothing(sqs.send(new ReceiveMessageCommand(input)));
      },
    },
    {
      what: `queues "${queueName(cluster, "*")}"`,
      variable: "MILLRACE_AWS_CLUSTER",
      look: () => nothing(sqs.send(new ListQueuesCommand({ QueueNamePrefix: queueName(cluster, "") }))),
    },
    logGroup(config.logGroup, "MILLRACE_AWS_LOG_GROUP"),
    // A container whose log group is missing does not start.
    logGroup(config.workerLogGroup, "MILLRACE_AWS_WORKER_LOG_GROUP"),
    {
      what: "job queues of AWS Batch",
      variable: "MILLRACE_AWS_JOB_QUEUES",
      look: async () => {
        const names = [...new Set(Object.values(jobQueues))];
        const found = await batch.send(new DescribeJobQueuesCommand({ jobQueues: names }));
        const known = (found.jobQueues ?? []).flatMap(({ jobQueueName, jobQueueArn }) => [
          jobQueueName,
          jobQueueArn,
        ]);
        const missing = names.filter((name) => !known.includes(name));
        return missing.length > 0
          ? `there is no ${missing.map((name) => `"${name}"`).join(", ")}`
          : undefined;
      },
    },
  ];
}

const MISSING = /NotFound|NoSuch|NonExistent|DoesNotExist/;

function describe(error: unknown): string {
  const name = awsErrorName(error);
  const message = error instanceof Error ? error.message : String(error);
  if (MISSING.test(name) || httpStatus(error) === 404)
    return "there is none, deploy the infrastructure or correct the name";
  if (httpStatus(error) === 403 || /AccessDenied|Unauthorized/.test(name)) {
    return `not permitted (${name}: ${message}), check the credentials and the role's policy`;
  }
  return `${isPassing(error) ? "not reachable" : "not usable"} (${name}: ${message})`;
}
