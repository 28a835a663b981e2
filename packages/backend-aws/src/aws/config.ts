import { type Environment, readVariable } from "@millrace/core";

/** AWS services that the backend calls. */
export const SERVICES = ["sqs", "dynamodb", "s3", "batch", "logs"] as const;
export type Service = (typeof SERVICES)[number];

/** Everything that the backend reads from its environment; parsed once, then frozen. */
export interface AwsConfig {
  /** `MILLRACE_AWS_REGION`, else `AWS_REGION`. */
  readonly region: string;
  /** `MILLRACE_AWS_CLUSTER`: prefix of all resource names of the cluster. 1..32 of a-z, 0-9 and "-". */
  readonly cluster: string;
  /** `MILLRACE_AWS_BUCKET`: the platform's own objects. */
  readonly bucket: string;
  /** `MILLRACE_AWS_TABLE`: the ledger. @default `<cluster>-ledger` */
  readonly table: string;
  /**
   * `MILLRACE_AWS_EVENTS_QUEUE`: name of the queue that receives Batch events from EventBridge.
   * @default `<cluster>-batch-events`
   */
  readonly eventsQueue: string;
  /** `MILLRACE_AWS_LOG_GROUP`: log lines of jobs. @default `/millrace/<cluster>/jobs` */
  readonly logGroup: string;
  /** `MILLRACE_AWS_WORKER_LOG_GROUP`: other output of worker containers. @default `/millrace/<cluster>/workers` */
  readonly workerLogGroup: string;
  /**
   * `MILLRACE_AWS_JOB_QUEUES`: JSON object that maps `cpu` or a GPU family (`g5`, …), with the suffix `-spot` for spot
   * capacity, to the name or ARN of an AWS Batch job queue.
   */
  readonly jobQueues: Readonly<Record<string, string>>;
  /** `MILLRACE_AWS_JOB_ROLE`: ARN of the role that workers run with. */
  readonly jobRoleArn: string;
  /** `MILLRACE_AWS_EXECUTION_ROLE`: ARN of the role that starts containers. */
  readonly executionRoleArn: string;
  /** `MILLRACE_AWS_WORKER_IMAGE`: worker container image for APIs that specify none. */
  readonly workerImage: string;
  /** `MILLRACE_AWS_WORKER_GPU_IMAGE`: the same for APIs with GPUs. @default the image above */
  readonly workerGpuImage: string;
  /** `MILLRACE_AWS_WORKER_COMMAND`: JSON array, the container's command. @default ["millrace-worker", "run"] */
  readonly workerCommand: readonly string[];
  /**
   * `MILLRACE_AWS_SCRATCH`: directory on a worker's machine for unpacked projects and their environments.
   * @default /var/lib/millrace
   */
  readonly scratchDirectory: string;
  /**
   * `MILLRACE_AWS_BATCH_POLL_SECONDS`: minimum time between two DescribeJobs calls; at least 1 on real AWS. @default 1
   */
  readonly batchPollSeconds: number;
  /** `MILLRACE_AWS_QUEUE_SETTLE_SECONDS`: wait after CreateQueue before the queue is used. @default 1 */
  readonly queueSettleSeconds: number;
  /** `MILLRACE_AWS_ENDPOINT`, or `MILLRACE_AWS_ENDPOINT_SQS`, … for one service: endpoints other than AWS's own. */
  readonly endpoints: Readonly<Partial<Record<Service, string>>>;
}

/** Reads the backend's configuration. @throws {MillraceError} invalid_config naming the variable */
export function parseAwsConfig(environment: Environment): AwsConfig {
  const read = <T>(name: string, variable: Variable<T>) => readVariable(environment, name, variable);
  const text = (name: string, fallback: string) => read(name, { ...TEXT, fallback });
  const required = (name: string, expected: string) => read(name, { ...TEXT, expected });
  const awsRegion = read("AWS_REGION", { ...TEXT, fallback: undefined });
  const region = { parse: TEXT.parse, expected: "a region such as eu-west-1" };
  const cluster = read("MILLRACE_AWS_CLUSTER", CLUSTER);
  const workerImage = required("MILLRACE_AWS_WORKER_IMAGE", "a container image");
  return Object.freeze({
    region: read(
      "MILLRACE_AWS_REGION",
      awsRegion === undefined ? region : { ...region, fallback: awsRegion },
    ),
    cluster,
    bucket: required("MILLRACE_AWS_BUCKET", "the name of the cluster's bucket"),
    table: text("MILLRACE_AWS_TABLE", `${cluster}-ledger`),
    eventsQueue: text("MILLRACE_AWS_EVENTS_QUEUE", `${cluster}-batch-events`),
    logGroup: text("MILLRACE_AWS_LOG_GROUP", `/millrace/${cluster}/jobs`),
    workerLogGroup: text("MILLRACE_AWS_WORKER_LOG_GROUP", `/millrace/${cluster}/workers`),
    jobQueues: Object.freeze(read("MILLRACE_AWS_JOB_QUEUES", JOB_QUEUES)),
    jobRoleArn: required("MILLRACE_AWS_JOB_ROLE", "the ARN of a role"),
    executionRoleArn: required("MILLRACE_AWS_EXECUTION_ROLE", "the ARN of a role"),
    workerImage,
    workerGpuImage: text("MILLRACE_AWS_WORKER_GPU_IMAGE", workerImage),
    workerCommand: Object.freeze(read("MILLRACE_AWS_WORKER_COMMAND", COMMAND)),
    scratchDirectory: text("MILLRACE_AWS_SCRATCH", "/var/lib/millrace"),
    batchPollSeconds: read("MILLRACE_AWS_BATCH_POLL_SECONDS", SECONDS),
    queueSettleSeconds: read("MILLRACE_AWS_QUEUE_SETTLE_SECONDS", SECONDS),
    endpoints: Object.freeze(readEndpoints(environment)),
  });
}

/** The environment variables for a worker, from which {@link parseAwsConfig} makes the same configuration. */
export function configEnvironment(config: AwsConfig): Record<string, string> {
  const environment: Record<string, string> = {
    MILLRACE_BACKEND: "aws",
    MILLRACE_AWS_REGION: config.region,
    MILLRACE_AWS_CLUSTER: config.cluster,
    MILLRACE_AWS_BUCKET: config.bucket,
    MILLRACE_AWS_TABLE: config.table,
    MILLRACE_AWS_EVENTS_QUEUE: config.eventsQueue,
    MILLRACE_AWS_LOG_GROUP: config.logGroup,
    MILLRACE_AWS_WORKER_LOG_GROUP: config.workerLogGroup,
    MILLRACE_AWS_JOB_QUEUES: JSON.stringify(config.jobQueues),
    MILLRACE_AWS_JOB_ROLE: config.jobRoleArn,
    MILLRACE_AWS_EXECUTION_ROLE: config.executionRoleArn,
    MILLRACE_AWS_WORKER_IMAGE: config.workerImage,
    MILLRACE_AWS_WORKER_GPU_IMAGE: config.workerGpuImage,
    MILLRACE_AWS_WORKER_COMMAND: JSON.stringify(config.workerCommand),
    MILLRACE_AWS_SCRATCH: config.scratchDirectory,
    MILLRACE_AWS_BATCH_POLL_SECONDS: String(config.batchPollSeconds),
    MILLRACE_AWS_QUEUE_SETTLE_SECONDS: String(config.queueSettleSeconds),
  };
  for (const [service, endpoint] of Object.entries(config.endpoints)) {
    environment[endpointVariable(service as Service)] = endpoint;
  }
  return environment;
}

interface Variable<T> {
  readonly parse: (text: string) => T | undefined;
  readonly expected: string;
  readonly fallback?: T;
}

const TEXT = { parse: (text: string) => text, expected: "a text" };

const CLUSTER: Variable<string> = {
  parse: (text) => (/^[a-z][a-z0-9-]{0,31}$/.test(text) ? text : undefined),
  expected: 'the cluster\'s name: a letter, then at most 31 of a-z, 0-9 and "-"',
};

const JOB_QUEUES: Variable<Readonly<Record<string, string>>> = {
  parse: (text) => {
    const queues: unknown = JSON.parse(text);
    const isMap =
      typeof queues === "object" &&
      queues !== null &&
      Object.values(queues).every((queue) => typeof queue === "string") &&
      "cpu" in queues;
    return isMap ? (queues as Record<string, string>) : undefined;
  },
  expected: 'a JSON object of job queues with at least "cpu", such as {"cpu": "millrace-cpu"}',
};

const COMMAND: Variable<readonly string[]> = {
  parse: (text) => {
    const command: unknown = JSON.parse(text);
    const isCommand =
      Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === "string");
    return isCommand ? (command as string[]) : undefined;
  },
  expected: "a JSON array of strings",
  fallback: ["millrace-worker", "run"],
};

const SECONDS: Variable<number> = {
  parse: (text) => (Number(text) >= 0 && Number(text) <= 60 ? Number(text) : undefined),
  expected: "seconds from 0 to 60",
  fallback: 1,
};

const ENDPOINT = {
  parse: (text: string) => (/^https?:\/\//.test(text) && URL.canParse(text) ? text : undefined),
  expected: "a URL such as http://127.0.0.1:5000",
  fallback: undefined,
};

function readEndpoints(environment: Environment): Partial<Record<Service, string>> {
  const general = readVariable(environment, "MILLRACE_AWS_ENDPOINT", ENDPOINT);
  const endpoints: Partial<Record<Service, string>> = {};
  for (const service of SERVICES) {
    const endpoint = readVariable(environment, endpointVariable(service), ENDPOINT) ?? general;
    if (endpoint !== undefined) endpoints[service] = endpoint;
  }
  return endpoints;
}

function endpointVariable(service: Service): string {
  return `MILLRACE_AWS_ENDPOINT_${service.toUpperCase()}`;
}
