import type { JobEvent } from "@millrace/core";

/** A watched job: the API's name for the command line, its endpoint and job id for the service. */
export interface WatchedJob {
  readonly api: string;
  readonly endpoint: string;
  readonly jobId: string;
}

/** Shows a job's progress on stderr. */
export interface JobProgress {
  update(event: JobEvent): void;
  /** Called when the service does not answer and is retried. */
  away(): void;
  /** Restores the terminal; idempotent. */
  stop(): Promise<void>;
}
