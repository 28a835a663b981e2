import { createHash } from "node:crypto";
import {
  type BatchClient,
  DeregisterJobDefinitionCommand,
  RegisterJobDefinitionCommand,
  type RegisterJobDefinitionCommandInput,
  type ResourceRequirement,
} from "@aws-sdk/client-batch";
import { type ApiVersion, MillraceError } from "@millrace/core";
import { awsErrorName, translated } from "../aws/aws-errors.ts";
import { type AwsConfig, configEnvironment } from "../aws/config.ts";

const MEBIBYTE = 1024 * 1024;
/** A container must have a limit; this one is for an API without `compute.mem`. */
const DEFAULT_MEMORY_MIB = 2_048;
const SCRATCH = "scratch";
/** How often AWS Batch itself tries a child, the most it allows; after that, the service makes a new submission. */
const ATTEMPTS = 10;

/**
 * What AWS Batch does when a process ends; the first match applies. It retries after a reclaimed machine, a container
 * that could not be started, a worker that was told to leave, and one that ran out of memory: their batches return to
 * the queue, and a batch that keeps ending workers is isolated. The service decides everything else.
 */
const EVALUATE_ON_EXIT = [
  { onStatusReason: "Host EC2*", action: "RETRY" },
  { onStatusReason: "Task failed to start*", action: "RETRY" },
  { onExitCode: "75", action: "RETRY" },
  { onReason: "OutOfMemoryError*", action: "RETRY" },
  { onReason: "*", action: "EXIT" },
] as const;

/** Registers how workers of a version run, and returns the definition's ARN. */
export async function registerJobDefinition(
  batch: BatchClient,
  config: AwsConfig,
  api: ApiVersion,
): Promise<string> {
  const { jobDefinitionArn } = await translated(`register the workers of API "${api.name}"`, () =>
    batch.send(new RegisterJobDefinitionCommand(jobDefinition(config, api))),
  );
  return jobDefinitionArn as string;
}

/** Removes a definition; it is not an error if it is already gone. */
export async function deregisterJobDefinition(batch: BatchClient, arn: string): Promise<void> {
  try {
    await translated(`remove job definition "${arn}"`, () =>
      batch.send(new DeregisterJobDefinitionCommand({ jobDefinition: arn })),
    );
  } catch (error) {
    if (awsErrorName((error as Error).cause) !== "ClientException") throw error;
  }
}

export function jobDefinition(
  config: AwsConfig,
  { spec, ...api }: ApiVersion,
): RegisterJobDefinitionCommandInput {
  const { compute, predictor } = spec;
  const environment = workerEnvironment(config, api.name);
  return {
    jobDefinitionName: `${config.cluster}-${api.name}`.slice(0, 128),
    type: "container",
    platformCapabilities: ["EC2"],
    containerProperties: {
      image: predictor.image ?? (compute.gpu > 0 ? config.workerGpuImage : config.workerImage),
      command: [...config.workerCommand],
      jobRoleArn: config.jobRoleArn,
      executionRoleArn: config.executionRoleArn,
      resourceRequirements: requirements(compute),
      environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      privileged: false,
      user: workerUser(api.name),
      // On the machine: what one worker has installed, later ones there reuse.
      volumes: [{ name: SCRATCH, host: { sourcePath: config.scratchDirectory } }],
      mountPoints: [{ sourceVolume: SCRATCH, containerPath: config.scratchDirectory, readOnly: false }],
      linuxParameters: {
        // Reaps orphaned processes of predictors, and forwards SIGTERM.
        initProcessEnabled: true,
        ...(compute.shmBytes !== undefined && {
          sharedMemorySize: Math.ceil(compute.shmBytes / MEBIBYTE),
        }),
      },
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": config.workerLogGroup,
          "awslogs-region": config.region,
          "awslogs-stream-prefix": api.name,
          // Blocking, the former default, stops the worker when CloudWatch is slow.
          mode: "non-blocking",
          "max-buffer-size": "25m",
        },
      },
    },
    // Queues with a fair-share policy order the jobs of a share by it.
    schedulingPriority: 1,
    retryStrategy: { attempts: ATTEMPTS, evaluateOnExit: EVALUATE_ON_EXIT.map((rule) => ({ ...rule })) },
    tags: { "millrace:cluster": config.cluster, "millrace:api": api.name, "millrace:version": api.version },
    propagateTags: true,
  };
}

/** A worker's environment: the cluster's configuration, and the API's folder in the machine's scratch directory. */
function workerEnvironment(config: AwsConfig, apiName: string): Record<string, string> {
  const scratchDirectory = `${config.scratchDirectory}/${apiName}`;
  return {
    ...configEnvironment({ ...config, scratchDirectory }),
    // The user has no passwd entry in the image; programs that need a home or a user name find them here.
    HOME: scratchDirectory,
    USER: "millrace",
    LOGNAME: "millrace",
  };
}

const FIRST_USER = 100_000;
const USERS = 1_000_000_000;
/** The group that the images use. */
const GROUP = 10_001;

/**
 * Each API's workers run as their own user, never root. The scratch directory is world-writable with the sticky bit,
 * like `/tmp`, so predictors cannot change what is installed for another API; a folder created by the container engine
 * would belong to root.
 */
function workerUser(apiName: string): string {
  const hash = createHash("sha256").update(apiName).digest().readUInt32BE(0);
  return `${FIRST_USER + (hash % USERS)}:${GROUP}`;
}

function requirements({ cpu, gpu, memBytes }: ApiVersion["spec"]["compute"]): ResourceRequirement[] {
  const memory = memBytes === undefined ? DEFAULT_MEMORY_MIB : Math.max(4, Math.ceil(memBytes / MEBIBYTE));
  return [
    // On EC2, only whole vCPUs can be requested.
    { type: "VCPU", value: String(Math.max(1, Math.ceil(cpu))) },
    { type: "MEMORY", value: String(memory) },
    ...(gpu > 0 ? [{ type: "GPU" as const, value: String(gpu) }] : []),
  ];
}

/** The job queue for an API: by its GPU family, and spot if the API wants it and there is such a queue. */
export function jobQueueOf(config: Pick<AwsConfig, "jobQueues">, { name, spec }: ApiVersion): string {
  const { gpu, accelerator, spot } = spec.compute;
  const families = Object.keys(config.jobQueues).filter((key) => key !== "cpu" && !key.endsWith("-spot"));
  const family = gpu === 0 ? "cpu" : (accelerator ?? families[0] ?? "g5");
  const queue = (spot ? config.jobQueues[`${family}-spot`] : undefined) ?? config.jobQueues[family];
  if (queue !== undefined) return queue;
  throw new MillraceError(
    "invalid_config",
    `Cannot run API "${name}": the cluster has no machines of family "${family}", expected compute.accelerator to be one of ${families.join(", ") || "none: it has no GPUs"}`,
    { details: { field: "compute.accelerator" } },
  );
}

/** APIs share a queue fairly by this identifier. It allows only letters and digits, so a hash replaces the name. */
export function shareIdentifier(apiName: string): string {
  return createHash("sha256").update(apiName).digest("hex").slice(0, 24);
}
