import { MessageResponseSchema } from "@millrace/core/schemas";
import { findJob } from "../http/find-job.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { stopByUser } from "../stop-by-user.ts";
import { route } from "./route.ts";

export const stopJob = route({
  id: "stopJob",
  tag: "jobs",
  method: "delete",
  path: "/{endpoint}/{id}",
  summary: "Stop a job",
  responses: answers(json(MessageResponseSchema), [404, 409]),
  handler: (services) => async (ctx) => {
    const job = await findJob(services.backend, ctx.params.endpoint, ctx.params.id);
    ctx.body = await stopByUser(services, job);
  },
});
