import type { Attempt, AttemptRecord } from "./attempt.ts";
import type { EvaluateOnExit, Members, ResourceRequirement } from "./wire.ts";

/** Every status of AWS Batch, in the order of a job's life; the last two are terminal. */
export const JOB_STATUSES = [
  "SUBMITTED",
  "PENDING",
  "RUNNABLE",
  "STARTING",
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export interface RetryStrategy {
  readonly attempts: number;
  readonly evaluateOnExit: readonly EvaluateOnExit[];
}

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly schedulingPolicyArn: string | undefined;
  readonly computeEnvironment: string;
}

/** What runs: the definition's container with the submission's overrides applied. */
export interface Container {
  readonly command: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly resourceRequirements: readonly ResourceRequirement[];
  readonly vcpus: number;
  /** The definition's other members (image, roles, log configuration), which DescribeJobs repeats. */
  readonly others: Members;
}

/** An accepted SubmitJob; an array's children share their parent's. */
export interface Submission {
  readonly jobName: string;
  readonly queue: Queue;
  readonly definitionName: string;
  readonly definitionArn: string;
  readonly shareIdentifier: string | undefined;
  readonly schedulingPriority: number | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly container: Container;
  /** Characters of the serialised overrides, which are checked only when the task starts. */
  readonly overridesCharacters: number;
  readonly retryStrategy: RetryStrategy;
  readonly timeoutSeconds: number | undefined;
  readonly arraySize: number | undefined;
  readonly dependsOn: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly propagateTags: boolean;
}

export type StatusCounts = Record<JobStatus, number>;

/** What an array's parent knows of its children; `shown` lags behind `live`, like the real service's summary. */
export interface ArrayState {
  readonly size: number;
  readonly children: Job[];
  readonly live: StatusCounts;
  shown: StatusCounts;
  shownAtMs: number | undefined;
  refreshIsDue: boolean;
}

export interface Job {
  readonly id: string;
  readonly arn: string;
  /** Increases with every submission: orders lists when two jobs share a millisecond. */
  readonly sequence: number;
  readonly submission: Submission;
  readonly createdAtMs: number;
  readonly parent: Job | undefined;
  /** Set for an array's child. */
  readonly index: number | undefined;
  /** Set for an array's parent. */
  readonly array: ArrayState | undefined;
  status: JobStatus;
  statusReason: string | undefined;
  startedAtMs: number | undefined;
  stoppedAtMs: number | undefined;
  /** Finished attempts: the service lists a running one only in the job's top-level container. */
  readonly attempts: AttemptRecord[];
  /** The running attempt. */
  run: Attempt | undefined;
  isCancelled: boolean;
  isTerminated: boolean;
  /** The reason given in CancelJob or TerminateJob. */
  stopReason: string | undefined;
  /** True when the service has forgotten the job, so that no answer contains it. */
  isForgotten: boolean;
}

export function hasEnded({ status }: Job): boolean {
  return status === "SUCCEEDED" || status === "FAILED";
}

/** STARTING and RUNNING: the two statuses in which CancelJob has no effect. */
export function hasStarted({ status }: Job): boolean {
  return status === "STARTING" || status === "RUNNING";
}

export function noCounts(): StatusCounts {
  return { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0 };
}
