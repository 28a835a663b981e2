import type { Job, JobOutput, JobSpec } from "../job.ts";
import type { JobStatus, StatusReason } from "../job-status.ts";

export interface JobQuery {
  readonly apiName?: string;
  readonly statuses?: readonly JobStatus[];
  /** All of them must match. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Part of the job's id, its API's name, or a label's key or value; case-insensitive. */
  readonly search?: string;
  /** Jobs older than this job id (exclusive): the cursor from the previous page. */
  readonly before?: string;
  /** 1..1000. @default 100 */
  readonly limit?: number;
}

/** The same key with the same fingerprint returns the same job; with another fingerprint it is refused. */
export interface Idempotency {
  readonly key: string;
  /** Hash of the request that carried the key. */
  readonly fingerprint: string;
}

export interface CreateJobOptions {
  readonly idempotency?: Idempotency;
  /** True if the job's API must still exist: it may be deleted while a submission is arriving. @default false */
  readonly ofDeployedApi?: boolean;
}

/** Jobs and their statuses. Methods that take a job id throw `job_not_found`. */
export interface JobLedger {
  /**
   * Writes the job as `enqueuing`, or returns the one that the same idempotency key created, as
   * {@link JobLedger.findIdempotent} does.
   * @throws {MillraceError} idempotency_conflict, api_not_found
   */
  create(
    spec: JobSpec,
    options?: CreateJobOptions,
  ): Promise<{ readonly job: Job; readonly created: boolean }>;
  /**
   * The job that the key created, if any; a job for which {@link beganNothing} is true does not count.
   * @throws {MillraceError} idempotency_conflict
   */
  findIdempotent(idempotency: Idempotency): Promise<Job | undefined>;
  get(jobId: string): Promise<Job>;
  /** Only the status, which may be slightly stale; for callers that poll. */
  status(jobId: string): Promise<JobStatus>;
  /** Newest first. */
  list(query: JobQuery): Promise<readonly Job[]>;
  /** Ids of the jobs that are not over, oldest first. */
  active(): Promise<readonly string[]>;
  /** Ids of the jobs that are over but not yet settled, oldest first. */
  unsettled(): Promise<readonly string[]>;
  /** Records that nothing is left to do for a job that is over. */
  settle(jobId: string): Promise<void>;
  /**
   * Moves the job through the status machine, exactly once: of two callers only one gets `true`. Returns false when the
   * job is already over or already in that status. Records `startedAtMs` on entering `running`, `endedAtMs` on entering
   * a terminal status, and `output` in the same step.
   * @throws {MillraceError} illegal_transition when a job that is not over cannot move to that status
   */
  transition(
    jobId: string,
    to: JobStatus,
    options: { readonly atMs: number; readonly reason?: StatusReason; readonly output?: JobOutput },
  ): Promise<boolean>;
  /** Sets the totals; called once, after the last batch was sent and before `running`. */
  setTotals(jobId: string, totals: { readonly items: number; readonly batches: number }): Promise<void>;
  /** Records where the ordered output of a finished job is. */
  setOutput(jobId: string, output: JobOutput): Promise<void>;
  /**
   * Claims the right to complete the job for `seconds`; also true when `owner` already holds it, which renews the
   * claim.
   */
  acquireCompletion(
    jobId: string,
    options: { readonly owner: string; readonly seconds: number },
  ): Promise<boolean>;
  releaseCompletion(jobId: string, owner: string): Promise<void>;
  /** Deletes the job and everything that belongs to it. */
  delete(jobId: string): Promise<void>;
}
