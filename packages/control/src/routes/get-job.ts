import { JobStatusResponseSchema } from "@millrace/core/schemas";
import { findJob } from "../http/find-job.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { jobStatusResponse } from "../views/job-status-response.ts";
import { route } from "./route.ts";

export const getJob = route({
  id: "getJob",
  tag: "jobs",
  method: "get",
  path: "/{endpoint}/{id}",
  summary: "Status of a job",
  responses: answers(json(JobStatusResponseSchema), [404]),
  handler: (services) => async (ctx) => {
    const job = await findJob(services.backend, ctx.params.endpoint, ctx.params.id);
    ctx.body = await jobStatusResponse(ctx, services, job);
  },
});
