import type { ApiVersion, JobSpec, Logger, WorkerBackend } from "@millrace/core";

/** What every part of a running worker needs to know. */
export interface WorkerContext {
  readonly backend: WorkerBackend;
  readonly job: JobSpec;
  readonly api: ApiVersion;
  /** Number of this worker, 0..workers-1. */
  readonly worker: number;
  readonly logger: Logger;
}
