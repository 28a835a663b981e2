import type { ApiVersion } from "../api.ts";
import type { Job } from "../job.ts";

/** A worker process as the pool sees it. */
export interface PoolWorker {
  readonly worker: number;
  /** `pending`: asked for, waiting for resources. */
  readonly state: "pending" | "running" | "exited";
  readonly exitCode?: number;
  readonly signal?: string;
  /** GPUs that it was given, as the machine names them; absent where the pool does not know. */
  readonly gpus?: readonly string[];
  /** True for one that is pending and can never start on these machines. */
  readonly neverStarts?: boolean;
  /** Why it waits or how it ended, in words. */
  readonly reason?: string;
}

/** Machines and processes that run workers. It starts what it is told to; the reconciler decides. */
export interface WorkerPool {
  /**
   * Makes a version runnable: checks and unpacks the project, installs dependencies (once per version), loads the predictor.
   * @throws {MillraceError} invalid_archive, dependencies_failed, predictor_not_loadable
   */
  prepare(
    api: ApiVersion,
    options: {
      readonly archiveUri: string;
      /** Install again even if it was installed before. @default false */
      readonly fresh?: boolean;
      /** Called with each line of the installation's output. */
      readonly onOutput: (line: string) => void;
      readonly signal?: AbortSignal;
    },
  ): Promise<void>;
  /** Drops what `prepare` made. */
  forget(api: ApiVersion): Promise<void>;
  /** Starts the given workers of a job; one that is pending or running is left alone, one that exited starts anew. */
  start(job: Job, workers: readonly number[]): Promise<void>;
  /**
   * Ids of the jobs that must be looked at again and again: a worker of theirs runs, has ended, or can never start. The
   * workers of others only wait. Absent where the pool cannot tell: then that is every job.
   */
  busyJobs?(): readonly string[];
  /** Workers that were started, by number; also those started by an earlier life of this process. */
  describe(jobId: string): Promise<readonly PoolWorker[]>;
  /** Ends all workers of a job and whatever they left running; resolves when none is left. */
  stop(jobId: string, options: { readonly graceSeconds: number }): Promise<void>;
  /** Stops managing; running workers go on. Idempotent. */
  close(): Promise<void>;
}
