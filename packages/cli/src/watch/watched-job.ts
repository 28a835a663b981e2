import type { JobEvent } from "@millrace/core";

/** A job that is watched, as the command line and the service name it. */
export interface WatchedJob {
  readonly api: string;
  readonly endpoint: string;
  readonly jobId: string;
}

/** Shows how far a job is, on stderr. */
export interface JobProgress {
  update(event: JobEvent): void;
  /** The service does not answer, and is asked again. */
  away(): void;
  /** Leaves the terminal as it was; idempotent. */
  stop(): Promise<void>;
}
