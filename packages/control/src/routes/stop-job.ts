import type { MessageResponse } from "@millrace/core";
import { findJob } from "../http/find-job.ts";
import { jobIdOf } from "../http/job-id.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { stopJob } from "../stop-job.ts";

/** `DELETE /<endpoint>/<id>` and `DELETE /<endpoint>?jobID=<id>`: stopped at once; its workers end in the background. */
export function deleteJob(services: Services): RouteHandler {
  return async (ctx) => {
    const job = await findJob(services.backend, param(ctx, "endpoint"), jobIdOf(ctx));
    await stopJob(services, job);
    const body: MessageResponse = { message: `stopped job ${job.spec.jobId}` };
    ctx.body = body;
  };
}
