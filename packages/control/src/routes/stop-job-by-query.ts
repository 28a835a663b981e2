import { MessageResponseSchema } from "@millrace/core/schemas";
import { findJob, JOB_IN_QUERY, jobIdInQuery } from "../http/find-job.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { stopByUser } from "../stop-by-user.ts";
import { route } from "./route.ts";

export const stopJobByQuery = route({
  id: "stopJobByQuery",
  tag: "jobs",
  method: "delete",
  path: "/{endpoint}",
  summary: "Stop a job, in Cortex's form",
  query: JOB_IN_QUERY,
  responses: answers(json(MessageResponseSchema), [404, 409]),
  handler: (services) => async (ctx, query) => {
    const job = await findJob(services.backend, ctx.params.endpoint, jobIdInQuery(ctx, query));
    ctx.body = await stopByUser(services, job);
  },
});
