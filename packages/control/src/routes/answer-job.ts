import type { Job } from "@millrace/core";
import { endpointUrl } from "../http/route-params.ts";
import type { RouteContext } from "../http/types.ts";
import { jobView } from "../views/job-view.ts";

/** The answer to what makes a job: 201 for a new one, 200 for the one that the same idempotency key made. */
export function answerJob(ctx: RouteContext, job: Job, created: boolean): void {
  ctx.status = created ? 201 : 200;
  ctx.set("Location", `${endpointUrl(ctx, job.spec.endpoint)}/${job.spec.jobId}`);
  ctx.body = jobView(job.spec);
}
