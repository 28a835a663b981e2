import { MillraceError } from "./errors.ts";

/**
 * The statuses of a job (Cortex's names), each with its possible next statuses. A status with no next status is
 * terminal.
 */
export const JOB_STATUSES = {
  pending: {
    entry: "the job is recorded but nothing has started",
    exits: ["enqueuing", "enqueue_failed", "stopped", "timed_out", "unexpected_error"],
  },
  enqueuing: {
    entry: "the dataset is being split into batches",
    exits: [
      "running",
      // A dataset with no items.
      "succeeded",
      "enqueue_failed",
      "worker_error",
      "worker_oom",
      "stopped",
      "timed_out",
      "unexpected_error",
    ],
  },
  running: {
    entry: "every batch is queued and the total is known",
    exits: [
      "succeeded",
      "completed_with_failures",
      "worker_error",
      "worker_oom",
      "timed_out",
      "stopped",
      "unexpected_error",
    ],
  },
  enqueue_failed: { entry: "the dataset could not be read or split", exits: [] },
  succeeded: { entry: "every item has an output", exits: [] },
  completed_with_failures: { entry: "every item has a row, and at least one is an error", exits: [] },
  worker_error: { entry: "the predictor or its workers failed too often", exits: [] },
  worker_oom: { entry: "the predictor ran out of memory too often", exits: [] },
  timed_out: { entry: "the job reached its timeout", exits: [] },
  stopped: { entry: "a user stopped the job", exits: [] },
  unexpected_error: { entry: "the platform failed; the reason says how", exits: [] },
} as const satisfies Record<string, { entry: string; exits: readonly string[] }>;

export type JobStatus = keyof typeof JOB_STATUSES;

/** Why a job has its status: a stable code and a readable sentence. */
export interface StatusReason {
  readonly code: string;
  readonly message: string;
}

export function isTerminal(status: JobStatus): boolean {
  return JOB_STATUSES[status].exits.length === 0;
}

export function canTransition(from: JobStatus, to: JobStatus): boolean {
  return (JOB_STATUSES[from].exits as readonly string[]).includes(to);
}

/**
 * Checks one transition of the status machine and returns the new status. @throws {MillraceError} illegal_transition
 */
export function transition(from: JobStatus, to: JobStatus): JobStatus {
  if (canTransition(from, to)) return to;
  const exits = JOB_STATUSES[from].exits;
  const expected = exits.length === 0 ? "no further status" : `one of ${exits.join(", ")}`;
  throw new MillraceError(
    "illegal_transition",
    `Cannot move a job from ${from} to ${to}: expected ${expected}`,
    {
      details: { from, to },
    },
  );
}
