import type { RecordedCall } from "../faults/recorded-call.ts";

/** A permission that a call needs. */
export interface UsedPermission {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/** In the emulated account. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

const SQS_BATCHES: Readonly<Record<string, string>> = {
  SendMessageBatch: "SendMessage",
  DeleteMessageBatch: "DeleteMessage",
  ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
};

const S3_ACTIONS: Readonly<Record<string, string>> = {
  GetObject: "GetObject",
  HeadObject: "GetObject",
  PutObject: "PutObject",
  CreateMultipartUpload: "PutObject",
  UploadPart: "PutObject",
  CompleteMultipartUpload: "PutObject",
  AbortMultipartUpload: "AbortMultipartUpload",
  DeleteObject: "DeleteObject",
  HeadBucket: "ListBucket",
  ListObjectsV2: "ListBucket",
};

const TRANSACTION_ACTIONS: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

const LOGS_OF_STREAMS = new Set(["CreateLogStream", "PutLogEvents", "GetLogEvents", "DeleteLogStream"]);

/** The permissions that a call needs. @throws {TypeError} for an operation without an entry here */
export function usedPermissions(call: RecordedCall, place: Place): readonly UsedPermission[] {
  const { principal } = call;
  return needs(call, place).map(([action, resource]) => ({
    principal,
    action: action.includes(":") ? action : `${call.service}:${action}`,
    resource,
  }));
}

/** An action of the call's service, or of another service with its prefix. */
type Need = readonly [action: string, resource: string];

function needs(call: RecordedCall, place: Place): readonly Need[] {
  switch (call.service) {
    case "sqs":
      return sqsNeeds(call, place);
    case "dynamodb":
      return dynamodbNeeds(call, place);
    case "s3":
      return s3Needs(call);
    case "logs":
      return logsNeeds(call, place);
    case "batch":
      return batchNeeds(call, place);
  }
}

function sqsNeeds(call: RecordedCall, place: Place): readonly Need[] {
  const action = SQS_BATCHES[call.operation] ?? call.operation;
  if (action === "ListQueues") return [[action, "*"]];
  const { QueueUrl, QueueName, tags } = JSON.parse(call.body) as {
    readonly QueueUrl?: string;
    readonly QueueName?: string;
    readonly tags?: object;
  };
  const queue = arn("sqs", QueueName ?? QueueUrl?.split("/").at(-1) ?? "", place);
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html: "To be able to tag a queue
  // on creation, you must have the sqs:CreateQueue and sqs:TagQueue permissions"
  return [[action, queue], ...(action === "CreateQueue" && tags ? [["TagQueue", queue] as const] : [])];
}

function dynamodbNeeds({ operation, body }: RecordedCall, place: Place): readonly Need[] {
  const input = JSON.parse(body) as {
    readonly TableName?: string;
    readonly IndexName?: string;
    readonly RequestItems?: Readonly<Record<string, unknown>>;
    readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
  };
  const table = (name: string) => arn("dynamodb", `table/${name}`, place);
  if (input.TransactItems) {
    return input.TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, { TableName }]): Need => {
        const action = TRANSACTION_ACTIONS[kind];
        if (action === undefined) throw unknown("dynamodb", `${operation} with ${kind}`);
        return [action, table(TableName)];
      }),
    );
  }
  if (input.RequestItems) return Object.keys(input.RequestItems).map((name) => [operation, table(name)]);
  if (input.TableName === undefined) throw unknown("dynamodb", operation);
  const index = input.IndexName === undefined ? "" : `/index/${input.IndexName}`;
  return [[operation, `${table(input.TableName)}${index}`]];
}

function s3Needs({ operation, url, body, copySource }: RecordedCall): readonly Need[] {
  const [, bucket = "", ...parts] = new URL(url, "http://s3").pathname.split("/");
  const objectOf = (key: string) => `arn:aws:s3:::${bucket}/${decodeURIComponent(key)}`;
  if (copySource !== undefined) throw unknown("s3", `${operation} of a copy`);
  if (operation === "DeleteObjects") {
    const keys = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
    return keys.map((key) => ["DeleteObject", objectOf(key)]);
  }
  const action = S3_ACTIONS[operation];
  if (action === undefined) throw unknown("s3", operation);
  return [[action, action === "ListBucket" ? `arn:aws:s3:::${bucket}` : objectOf(parts.join("/"))]];
}

function logsNeeds({ operation, body }: RecordedCall, place: Place): readonly Need[] {
  const { logGroupName = "", logStreamName = "" } = JSON.parse(body) as Record<string, string>;
  const group = arn("logs", `log-group:${logGroupName}`, place);
  if (operation === "DescribeLogStreams") return [[operation, `${group}:`]];
  if (!LOGS_OF_STREAMS.has(operation)) throw unknown("logs", operation);
  return [[operation, `${group}:log-stream:${logStreamName}`]];
}

function batchNeeds({ operation, body }: RecordedCall, place: Place): readonly Need[] {
  const input = JSON.parse(body) as {
    readonly jobDefinition?: string;
    readonly jobDefinitionName?: string;
    readonly jobQueue?: string;
    readonly jobId?: string;
    readonly tags?: object;
    readonly containerProperties?: { readonly jobRoleArn: string; readonly executionRoleArn: string };
  };
  const named = (kind: string, name = "") =>
    name.startsWith("arn:") ? name : arn("batch", `${kind}/${name}`, place);
  switch (operation) {
    case "RegisterJobDefinition": {
      const definition = named("job-definition", input.jobDefinitionName);
      const { jobRoleArn = "", executionRoleArn = "" } = input.containerProperties ?? {};
      return [
        [operation, definition],
        ["iam:PassRole", jobRoleArn],
        ["iam:PassRole", executionRoleArn],
        ...(input.tags ? [["TagResource", definition] as const] : []),
      ];
    }
    case "DeregisterJobDefinition":
      return [[operation, named("job-definition", input.jobDefinition)]];
    case "SubmitJob":
      return [
        [operation, named("job-definition", input.jobDefinition)],
        [operation, named("job-queue", input.jobQueue)],
        ...(input.tags ? [["TagResource", named("job", "new")] as const] : []),
      ];
    case "TerminateJob":
      return [[operation, named("job", input.jobId)]];
    case "DescribeJobs":
    case "DescribeJobQueues":
    case "ListJobs":
      return [[operation, "*"]];
    default:
      throw unknown("batch", operation);
  }
}

function arn(service: string, resource: string, { region, account }: Place): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

function unknown(service: string, operation: string): TypeError {
  return new TypeError(
    `Cannot tell the permissions of ${service} ${operation}: add it to used-permission.ts`,
  );
}
