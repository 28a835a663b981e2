import type { AttemptRecord } from "./attempt.ts";
import type { Job, JobStatus } from "./job.ts";
import type { JobBoard } from "./job-board.ts";
import { clientException } from "./service-error.ts";
import { type Members, present, textList } from "./wire.ts";

const MAX_DESCRIBED = 100;

/** A job as in DescribeJobs and events; unknown members are omitted. */
export interface JobDetail {
  readonly jobArn: string;
  readonly jobName: string;
  readonly jobId: string;
  readonly jobQueue: string;
  readonly status: JobStatus;
  readonly statusReason?: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly attempts: readonly Members[];
  readonly container: Members;
  readonly arrayProperties?: Members;
  readonly [member: string]: unknown;
}

/** DescribeJobs: unknown and forgotten jobs are left out of the answer. */
export function describeJobs(request: Members, board: JobBoard): Members {
  const ids = textList(request, "jobs") ?? [];
  if (ids.length === 0) throw clientException("jobs must not be empty");
  if (ids.length > MAX_DESCRIBED) {
    throw clientException(`jobs must have at most ${MAX_DESCRIBED} entries, got ${ids.length}`);
  }
  const jobs = ids.map((id) => board.get(id)).filter((job) => job !== undefined && !job.isForgotten);
  return { jobs: jobs.map((job) => jobDetail(job as Job)) };
}

export function jobDetail(job: Job): JobDetail {
  const { submission } = job;
  return present({
    jobArn: job.arn,
    jobName: submission.jobName,
    jobId: job.id,
    jobQueue: submission.queue.arn,
    status: job.status,
    statusReason: job.statusReason,
    shareIdentifier: submission.shareIdentifier,
    schedulingPriority: submission.schedulingPriority,
    attempts: job.attempts.map(attemptDetail),
    createdAt: job.createdAtMs,
    startedAt: job.startedAtMs,
    stoppedAt: job.stoppedAtMs,
    retryStrategy: submission.retryStrategy,
    dependsOn: submission.dependsOn.map((jobId) => ({ jobId })),
    jobDefinition: submission.definitionArn,
    parameters: submission.parameters,
    container: containerDetail(job),
    arrayProperties: arrayDetail(job),
    timeout:
      submission.timeoutSeconds === undefined
        ? undefined
        : { attemptDurationSeconds: submission.timeoutSeconds },
    tags: submission.tags,
    propagateTags: submission.propagateTags,
    platformCapabilities: [],
    isCancelled: job.isCancelled || undefined,
    isTerminated: job.isTerminated || undefined,
    // The cast is needed because `present` drops undefined members, which its type does not express.
  }) as unknown as JobDetail;
}

/** For a parent, the summary of its children; for a child, its index. Lists show the same. */
export function arrayDetail({ array, index }: Job): Members | undefined {
  if (array === undefined) return index === undefined ? undefined : { index };
  return present({
    size: array.size,
    statusSummary: array.shown,
    statusSummaryLastUpdatedAt: array.shownAtMs,
  });
}

function containerDetail(job: Job): Members {
  const { container } = job.submission;
  const last: Partial<AttemptRecord> = job.run?.record ?? job.attempts.at(-1) ?? {};
  return present({
    volumes: [],
    mountPoints: [],
    ulimits: [],
    networkInterfaces: [],
    secrets: [],
    ...container.others,
    command: container.command,
    environment: container.environment,
    resourceRequirements: container.resourceRequirements,
    containerInstanceArn: last.containerInstanceArn,
    taskArn: last.taskArn,
    logStreamName: last.logStreamName,
    exitCode: last.exitCode,
    reason: last.reason,
  });
}

function attemptDetail(attempt: AttemptRecord): Members {
  return present({
    container: present({
      containerInstanceArn: attempt.containerInstanceArn,
      taskArn: attempt.taskArn,
      exitCode: attempt.exitCode,
      reason: attempt.reason,
      logStreamName: attempt.logStreamName,
      networkInterfaces: [],
    }),
    startedAt: attempt.startedAtMs,
    stoppedAt: attempt.stoppedAtMs,
    statusReason: attempt.statusReason,
  });
}
