import { MillraceError } from "@millrace/core";

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

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the backend's configuration. @throws {MillraceError} invalid_config naming the variable */
export function parseAwsConfig(environment: Environment): AwsConfig {
  const text = (name: string) => {
    const value = environment[name]?.trim();
    return value === "" ? undefined : value;
  };
  const required = (name: string, expected: string) => {
    const value = text(name);
    if (value !== undefined) return value;
    throw invalid(name, "", expected);
  };
  const region = text("MILLRACE_AWS_REGION") ?? text("AWS_REGION");
  if (region === undefined) throw invalid("MILLRACE_AWS_REGION", "", "a region such as eu-west-1");
  const cluster = required("MILLRACE_AWS_CLUSTER", "the cluster's name");
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(cluster)) {
    throw invalid("MILLRACE_AWS_CLUSTER", cluster, 'a letter, then at most 31 of a-z, 0-9 and "-"');
  }
  const workerImage = required("MILLRACE_AWS_WORKER_IMAGE", "a container image");
  return Object.freeze({
    region,
    cluster,
    bucket: required("MILLRACE_AWS_BUCKET", "the name of the cluster's bucket"),
    table: text("MILLRACE_AWS_TABLE") ?? `${cluster}-ledger`,
    eventsQueue: text("MILLRACE_AWS_EVENTS_QUEUE") ?? `${cluster}-batch-events`,
    logGroup: text("MILLRACE_AWS_LOG_GROUP") ?? `/millrace/${cluster}/jobs`,
    workerLogGroup: text("MILLRACE_AWS_WORKER_LOG_GROUP") ?? `/millrace/${cluster}/workers`,
    jobQueues: parseJobQueues(required("MILLRACE_AWS_JOB_QUEUES", JOB_QUEUES)),
    jobRoleArn: required("MILLRACE_AWS_JOB_ROLE", "the ARN of a role"),
    executionRoleArn: required("MILLRACE_AWS_EXECUTION_ROLE", "the ARN of a role"),
    workerImage,
    workerGpuImage: text("MILLRACE_AWS_WORKER_GPU_IMAGE") ?? workerImage,
    workerCommand: parseCommand(text("MILLRACE_AWS_WORKER_COMMAND") ?? '["millrace-worker","run"]'),
    scratchDirectory: text("MILLRACE_AWS_SCRATCH") ?? "/var/lib/millrace",
    batchPollSeconds: parseSeconds(
      "MILLRACE_AWS_BATCH_POLL_SECONDS",
      text("MILLRACE_AWS_BATCH_POLL_SECONDS"),
    ),
    queueSettleSeconds: parseSeconds(
      "MILLRACE_AWS_QUEUE_SETTLE_SECONDS",
      text("MILLRACE_AWS_QUEUE_SETTLE_SECONDS"),
    ),
    endpoints: Object.freeze(parseEndpoints(text)),
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

const JOB_QUEUES = 'a JSON object of job queues with at least "cpu", such as {"cpu": "millrace-cpu"}';

function parseJobQueues(value: string): Readonly<Record<string, string>> {
  const queues = parseJson(value);
  const isMap =
    typeof queues === "object" &&
    queues !== null &&
    Object.values(queues).every((queue) => typeof queue === "string") &&
    "cpu" in queues;
  if (isMap) return Object.freeze(queues as Record<string, string>);
  throw invalid("MILLRACE_AWS_JOB_QUEUES", value, JOB_QUEUES);
}

function parseCommand(value: string): readonly string[] {
  const command = parseJson(value);
  const isCommand =
    Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === "string");
  if (isCommand) return Object.freeze(command as string[]);
  throw invalid("MILLRACE_AWS_WORKER_COMMAND", value, "a JSON array of strings");
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function parseSeconds(name: string, value: string | undefined): number {
  if (value === undefined) return 1;
  const seconds = Number(value);
  if (value !== "" && seconds >= 0 && seconds <= 60) return seconds;
  throw invalid(name, value, "seconds from 0 to 60");
}

function parseEndpoints(text: (name: string) => string | undefined): Partial<Record<Service, string>> {
  const endpoints: Partial<Record<Service, string>> = {};
  for (const service of SERVICES) {
    const own = text(endpointVariable(service));
    const value = own ?? text("MILLRACE_AWS_ENDPOINT");
    if (value === undefined) continue;
    const name = own === undefined ? "MILLRACE_AWS_ENDPOINT" : endpointVariable(service);
    if (!/^https?:\/\//.test(value) || !URL.canParse(value))
      throw invalid(name, value, "a URL such as http://127.0.0.1:5000");
    endpoints[service] = value;
  }
  return endpoints;
}

function endpointVariable(service: Service): string {
  return `MILLRACE_AWS_ENDPOINT_${service.toUpperCase()}`;
}

function invalid(name: string, value: string, expected: string): MillraceError {
  return new MillraceError("invalid_config", `Cannot use ${name} "${value}": expected ${expected}`, {
    details: { field: name },
  });
}
