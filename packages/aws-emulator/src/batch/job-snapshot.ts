import type { Job, JobStatus } from "./job.ts";
import type { JobBoard } from "./job-board.ts";
import { present } from "./wire.ts";

/** A job's state, for tests. */
export interface JobSnapshot {
  readonly jobId: string;
  readonly jobName: string;
  readonly queue: string;
  readonly status: JobStatus;
  readonly statusReason?: string;
  /** Only for children. */
  readonly parentId?: string;
  readonly index?: number;
  /** Only for parents. */
  readonly size?: number;
  readonly shareIdentifier?: string;
  /** Number of finished attempts. */
  readonly attempts: number;
  /** The running process, which also leads its process group. */
  readonly pid?: number;
  readonly environment: Readonly<Record<string, string>>;
}

export function snapshots(board: JobBoard): readonly JobSnapshot[] {
  return Array.from(board.all(), snapshot);
}

function snapshot(job: Job): JobSnapshot {
  const { submission } = job;
  return present({
    jobId: job.id,
    jobName: submission.jobName,
    queue: submission.queue.name,
    status: job.status,
    statusReason: job.statusReason,
    parentId: job.parent?.id,
    index: job.index,
    size: job.array?.size,
    shareIdentifier: submission.shareIdentifier,
    attempts: job.attempts.length,
    pid: job.run?.pid,
    environment: Object.fromEntries(submission.container.environment.map(({ name, value }) => [name, value])),
    // The cast is needed because `present` drops undefined members, which its type does not express.
  }) as unknown as JobSnapshot;
}
