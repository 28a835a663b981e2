import { JobStatusResponseSchema } from "@millrace/core/schemas";
import { findJob, JOB_IN_QUERY, jobIdInQuery } from "../http/find-job.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { jobStatusResponse } from "../views/job-status-response.ts";
import { route } from "./route.ts";

export const getJobByQuery = route({
  id: "getJobByQuery",
  tag: "jobs",
  method: "get",
  path: "/{endpoint}",
  summary: "Status of a job, in Cortex's form",
  query: JOB_IN_QUERY,
  responses: answers(json(JobStatusResponseSchema), [404]),
  handler: (services) => async (ctx, query) => {
    const job = await findJob(services.backend, ctx.params.endpoint, jobIdInQuery(ctx, query));
    ctx.body = await jobStatusResponse(ctx, services, job);
  },
});
