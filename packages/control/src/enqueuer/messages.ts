/** A task of the enqueuer's thread for one job: split its dataset, or compose its output if it ended early. */
export type TaskKind = "enqueue" | "compose";

/** To the thread. */
export type ToThread =
  | { readonly type: "task"; readonly kind: TaskKind; readonly jobId: string }
  /** Drop the job's tasks, because the job is over. */
  | { readonly type: "cancel"; readonly jobId: string }
  /** Stop at the next checkpoint. */
  | { readonly type: "stop" };

/** From the thread. */
export type FromThread =
  | { readonly type: "ready" }
  /** Everything has reached a checkpoint and is closed. */
  | { readonly type: "stopped" }
  /** The first batches are in the queue: workers may start early. */
  | { readonly type: "begun"; readonly jobId: string }
  /**
   * The task is over, successfully or not; its result is in the ledger. `problem` describes a failure that is not the
   * job's own.
   */
  | { readonly type: "done"; readonly kind: TaskKind; readonly jobId: string; readonly problem?: string };

/** Start-up data for the thread; it is copied to the thread, so it contains plain data only. */
export interface ThreadSettings {
  /** `config` is parsed from the environment by the backend's own package. */
  readonly backend:
    | { readonly kind: "local"; readonly home: string; readonly openJobs?: number }
    | { readonly kind: "aws"; readonly config: object };
  readonly logLevel: string;
}
