import type { Job } from "@millrace/core";
import type { RequestContext } from "../http/types.ts";
import { endpointUrl } from "../views/api-view.ts";
import { jobView } from "../views/job-view.ts";

/**
 * Response of operations that create a job: 201 for a new job, 200 for one that the same idempotency key created
 * before.
 */
export function answerJob(ctx: RequestContext, job: Job, created: boolean): void {
  ctx.status = created ? 201 : 200;
  ctx.set("Location", `${endpointUrl(ctx, job.spec.endpoint)}/${job.spec.jobId}`);
  ctx.body = jobView(job.spec);
}
