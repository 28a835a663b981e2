import type { Job, JobOutput, JobSpec } from "../job.ts";
import type { JobStatus, StatusReason } from "../job-status.ts";

export interface JobQuery {
  readonly apiName?: string;
  readonly statuses?: readonly JobStatus[];
  /** Every one must match. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Part of the job's id, its API's name, or a label's key or value; upper and lower case are the same. */
  readonly search?: string;
  /** Jobs older than this job id (exclusive): the cursor of the page before. */
  readonly before?: string;
  /** 1..1000. @default 100 */
  readonly limit?: number;
}

/** The same key with the same fingerprint gives the same job; with another fingerprint it is refused. */
export interface Idempotency {
  readonly key: string;
  /** Hash of the request that the key came with. */
  readonly fingerprint: string;
}

export interface CreateJobOptions {
  readonly idempotency?: Idempotency;
  /** True for a job of an API that must still be there: it may be deleted while a submission arrives. @default false */
  readonly ofDeployedApi?: boolean;
}

/** Jobs and their statuses. Methods that take a job id throw `job_not_found`. */
export interface JobLedger {
  /**
   * Writes the job as `enqueuing`, or finds the one that the same idempotency key made, as {@link JobLedger.findIdempotent} does.
   * @throws {MillraceError} idempotency_conflict, api_not_found
   */
  create(
    spec: JobSpec,
    options?: CreateJobOptions,
  ): Promise<{ readonly job: Job; readonly created: boolean }>;
  /**
   * The job that the key made, if there is one; none if {@link beganNothing} is true of it.
   * @throws {MillraceError} idempotency_conflict
   */
  findIdempotent(idempotency: Idempotency): Promise<Job | undefined>;
  get(jobId: string): Promise<Job>;
  /** The status alone, which may be a moment old: for those who ask again and again. */
  status(jobId: string): Promise<JobStatus>;
  /** Newest first. */
  list(query: JobQuery): Promise<readonly Job[]>;
  /** Ids of the jobs that are not over, oldest first. */
  active(): Promise<readonly string[]>;
  /** Ids of the jobs that are over and were not settled yet, oldest first. */
  unsettled(): Promise<readonly string[]>;
  /** Notes that nothing is left to do for a job that is over. */
  settle(jobId: string): Promise<void>;
  /**
   * Moves the job through the status machine, once: of two callers only one gets `true`.
   * Returns false when the job is already over or already there.
   * Records `startedAtMs` on entering `running`, `endedAtMs` on entering a terminal status, and `output` in the same step.
   * @throws {MillraceError} illegal_transition when a job that is not over has no such exit
   */
  transition(
    jobId: string,
    to: JobStatus,
    options: { readonly atMs: number; readonly reason?: StatusReason; readonly output?: JobOutput },
  ): Promise<boolean>;
  /** Fixes the totals; called once, after the last batch was sent and before `running`. */
  setTotals(jobId: string, totals: { readonly items: number; readonly batches: number }): Promise<void>;
  /** Records where the ordered output of a job is that is over. */
  setOutput(jobId: string, output: JobOutput): Promise<void>;
  /** Claims the right to complete the job for `seconds`; true also when `owner` holds it already, which renews it. */
  acquireCompletion(
    jobId: string,
    options: { readonly owner: string; readonly seconds: number },
  ): Promise<boolean>;
  releaseCompletion(jobId: string, owner: string): Promise<void>;
  /** Forgets the job and all it has. */
  delete(jobId: string): Promise<void>;
}
