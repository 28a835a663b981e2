import type { ApiVersion } from "../api.ts";
import type { Job } from "../job.ts";

/** A worker process as the pool sees it. */
export interface PoolWorker {
  readonly worker: number;
  /** `pending`: requested, waiting for resources. */
  readonly state: "pending" | "running" | "exited";
  readonly exitCode?: number;
  readonly signal?: string;
  /** GPUs assigned to it, as the machine names them; absent where the pool does not know. */
  readonly gpus?: readonly string[];
  /** True for a pending worker that can never start on these machines. */
  readonly neverStarts?: boolean;
  /** Why it is waiting or how it ended, in words. */
  readonly reason?: string;
}

/** The machines and processes that run workers. The pool does what it is told; the reconciler decides. */
export interface WorkerPool {
  /**
   * Makes a version ready to run: checks and unpacks the project, installs dependencies (once per version), loads the
   * predictor.
   * @throws {MillraceError} invalid_archive, dependencies_failed, predictor_not_loadable
   */
  prepare(
    api: ApiVersion,
    options: {
      readonly archiveUri: string;
      /** Install even if already installed. @default false */
      readonly fresh?: boolean;
      /** Called with each line of the installation's output. */
      readonly onOutput: (line: string) => void;
      readonly signal?: AbortSignal;
    },
  ): Promise<void>;
  /** Deletes what `prepare` created. */
  forget(api: ApiVersion): Promise<void>;
  /** Starts the given workers of a job. A pending or running worker is left alone; an exited one is restarted. */
  start(job: Job, workers: readonly number[]): Promise<void>;
  /**
   * Ids of the jobs that need regular attention: one of their workers is running, has ended, or can never start.
   * Workers of the other jobs are only waiting. Absent where the pool cannot tell: then every job counts.
   */
  busyJobs?(): readonly string[];
  /** Workers that were started, by number, including those started before this process restarted. */
  describe(jobId: string): Promise<readonly PoolWorker[]>;
  /** Ends all workers of a job and any processes they left behind; resolves when none is left. */
  stop(jobId: string, options: { readonly graceSeconds: number }): Promise<void>;
  /** Stops managing workers; running ones continue. Idempotent. */
  close(): Promise<void>;
}
