import type { Job, JobStatus } from "./job.ts";
import type { JobBoard } from "./job-board.ts";
import { present } from "./wire.ts";

/** A job for a test to look at. */
export interface JobSnapshot {
  readonly jobId: string;
  readonly jobName: string;
  readonly queue: string;
  readonly status: JobStatus;
  readonly statusReason?: string;
  /** Of children. */
  readonly parentId?: string;
  readonly index?: number;
  /** Of parents. */
  readonly size?: number;
  readonly shareIdentifier?: string;
  /** Attempts that ended. */
  readonly attempts: number;
  /** Of the process that runs now; also its process group. */
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
    // The cast: `present` drops the undefined members, which the type does not show.
  }) as unknown as JobSnapshot;
}
