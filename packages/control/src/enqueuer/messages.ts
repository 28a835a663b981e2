/** What the enqueuer's thread does for one job: split its dataset, or compose the output of one that ended early. */
export type TaskKind = "enqueue" | "compose";

/** To the thread. */
export type ToThread =
  | { readonly type: "task"; readonly kind: TaskKind; readonly jobId: string }
  /** Drop the job's tasks: it is over. */
  | { readonly type: "cancel"; readonly jobId: string }
  /** Stop at the next checkpoint. */
  | { readonly type: "stop" };

/** From the thread. */
export type FromThread =
  | { readonly type: "ready" }
  /** Everything is at a checkpoint and closed. */
  | { readonly type: "stopped" }
  /** The first batches are in the queue: eager workers may start. */
  | { readonly type: "begun"; readonly jobId: string }
  /** The task is over, well or not: what came of it is in the ledger. `problem` says what went wrong beyond the job. */
  | { readonly type: "done"; readonly kind: TaskKind; readonly jobId: string; readonly problem?: string };

/** What the thread is started with; both sides read it, so it holds plain data only. */
export interface ThreadSettings {
  /** `config` is what the backend's own package makes of the environment. */
  readonly backend:
    | { readonly kind: "local"; readonly home: string; readonly openJobs?: number }
    | { readonly kind: "aws"; readonly config: object };
  readonly logLevel: string;
}
