import { readContainer } from "./container.ts";
import type { Definitions } from "./definitions.ts";
import type { Faults } from "./faults.ts";
import type { Job, Queue, Submission } from "./job.ts";
import type { JobBoard } from "./job-board.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Queues } from "./queues.ts";
import { readRetryStrategy } from "./retry-strategy.ts";
import { BatchServiceError, clientException } from "./service-error.ts";
import { readTimeoutSeconds } from "./timeout.ts";
import type { TokenBucket } from "./token-bucket.ts";
import {
  type Members,
  membersList,
  optionalInteger,
  optionalMembers,
  optionalText,
  requiredText,
  textMap,
} from "./wire.ts";

export interface SubmitContext {
  readonly queues: Queues;
  readonly definitions: Definitions;
  readonly board: JobBoard;
  readonly lifecycle: Lifecycle;
  readonly faults: Faults;
  readonly rate: TokenBucket;
}

const MAX_PAYLOAD_BYTES = 30 * 1_024;
const MAX_DEPENDENCIES = 20;
const ARRAY_SIZE = { min: 2, max: 10_000 };
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const SHARE_IDENTIFIER = /^[A-Za-z0-9]{1,255}$/;
/** Overrides for other job types, which would otherwise be ignored silently. */
const UNSUPPORTED = [
  "nodeOverrides",
  "eksPropertiesOverride",
  "ecsPropertiesOverride",
  "consumableResourcePropertiesOverride",
];

/** SubmitJob: checks what the service checks immediately; the rest fails later, as in the service. */
export function submitJob(
  request: Members,
  { payloadBytes }: { readonly payloadBytes: number },
  context: SubmitContext,
): Members {
  if (!context.rate.take()) throw new BatchServiceError("TooManyRequestsException", "Too Many Requests");
  if (payloadBytes > MAX_PAYLOAD_BYTES) {
    throw clientException(
      `Request body size ${payloadBytes} exceeds the limit of ${MAX_PAYLOAD_BYTES} bytes`,
    );
  }
  const submission = readSubmission(request, context);
  let job: Job = context.lifecycle.submit(submission);
  // Like an SDK retry of a request that had arrived: the caller learns only of the second job.
  if (context.faults.take("duplicateSubmit")) job = context.lifecycle.submit(submission);
  return { jobArn: job.arn, jobName: submission.jobName, jobId: job.id };
}

function readSubmission(request: Members, { queues, definitions, board }: SubmitContext): Submission {
  const jobName = requiredText(request, "jobName");
  if (!NAME.test(jobName)) throw clientException(`Job name ${jobName} is invalid`);
  const foreign = UNSUPPORTED.find((name) => request[name] !== undefined && request[name] !== null);
  if (foreign !== undefined) throw clientException(`${foreign} does not apply to jobs of type container`);
  const queue = queues.resolve(requiredText(request, "jobQueue"));
  const definition = definitions.resolve(requiredText(request, "jobDefinition"));
  const overrides = optionalMembers(request, "containerOverrides");
  return {
    jobName,
    queue,
    definitionName: definition.name,
    definitionArn: definition.arn,
    shareIdentifier: readShareIdentifier(request, queue),
    schedulingPriority:
      optionalInteger(request, "schedulingPriorityOverride", { min: 0, max: 9_999 }) ??
      definition.schedulingPriority,
    parameters: { ...definition.parameters, ...textMap(request, "parameters") },
    container: readContainer(definition.containerProperties, overrides),
    overridesCharacters: overrides === undefined ? 0 : JSON.stringify(overrides).length,
    retryStrategy: readRetryStrategy(request) ??
      definition.retryStrategy ?? { attempts: 1, evaluateOnExit: [] },
    timeoutSeconds: readTimeoutSeconds(request) ?? definition.timeoutSeconds,
    arraySize: readArraySize(request),
    dependsOn: readDependencies(request, board),
    tags: textMap(request, "tags"),
    propagateTags: request.propagateTags === true,
  };
}

function readShareIdentifier(request: Members, queue: Queue): string | undefined {
  const share = optionalText(request, "shareIdentifier");
  if (queue.schedulingPolicyArn === undefined) {
    if (share === undefined) return undefined;
    throw clientException(
      `shareIdentifier must not be specified: job queue ${queue.name} has no scheduling policy`,
    );
  }
  if (share === undefined) {
    throw clientException(
      `shareIdentifier must be specified: job queue ${queue.name} has a scheduling policy`,
    );
  }
  if (!SHARE_IDENTIFIER.test(share)) {
    throw clientException(`shareIdentifier must be 1 to 255 alphanumeric characters, got ${share}`);
  }
  return share;
}

function readArraySize(request: Members): number | undefined {
  const array = optionalMembers(request, "arrayProperties");
  return array === undefined ? undefined : optionalInteger(array, "size", ARRAY_SIZE);
}

function readDependencies(request: Members, board: JobBoard): readonly string[] {
  const dependencies = membersList(request, "dependsOn") ?? [];
  if (dependencies.length > MAX_DEPENDENCIES) {
    throw clientException(`dependsOn must have at most ${MAX_DEPENDENCIES} entries`);
  }
  return dependencies.map((dependency) => {
    if (dependency.type !== undefined)
      throw clientException("The fake has no dependencies of type SEQUENTIAL or N_TO_N");
    const id = requiredText(dependency, "jobId");
    if (board.get(id) === undefined) throw clientException(`Job ${id} of dependsOn does not exist`);
    return id;
  });
}
