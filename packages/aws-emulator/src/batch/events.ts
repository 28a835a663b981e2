import { randomUUID } from "node:crypto";
import type { Job } from "./job.ts";
import { type JobDetail, jobDetail } from "./job-detail.ts";

/** An event of AWS Batch, as EventBridge delivers it. */
export interface BatchEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": "Batch Job State Change" | "Batch Job Queue Blocked";
  readonly source: "aws.batch";
  readonly account: string;
  /** ISO 8601, whole seconds, UTC. */
  readonly time: string;
  readonly region: string;
  /** The job's ARN, or for a blocked queue the queue's. */
  readonly resources: readonly string[];
  readonly detail: JobDetail;
}

interface Origin {
  readonly account: string;
  readonly region: string;
}

/** Not called for the submission, for which the service sends no event. */
export function stateChange(job: Job, origin: Origin): BatchEvent {
  return event("Batch Job State Change", [job.arn], { job, origin });
}

export function queueBlocked(job: Job, origin: Origin): BatchEvent {
  return event("Batch Job Queue Blocked", [job.arn, job.submission.queue.arn], { job, origin });
}

function event(
  type: BatchEvent["detail-type"],
  resources: readonly string[],
  { job, origin }: { readonly job: Job; readonly origin: Origin },
): BatchEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": type,
    source: "aws.batch",
    account: origin.account,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: origin.region,
    resources,
    detail: structuredClone(jobDetail(job)),
  };
}
