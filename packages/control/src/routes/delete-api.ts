import { isMillraceError, type MessageResponse, MillraceError } from "@millrace/core";
import { MessageResponseSchema } from "@millrace/core/schemas";
import { activeJobs } from "../active-jobs.ts";
import { apiByName } from "../http/find-api.ts";
import { FLAG, optional } from "../http/query-fields.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import type { Services } from "../services.ts";
import { stopByUser } from "../stop-by-user.ts";
import { route } from "./route.ts";

/** Rejected while jobs are running, unless `?force=true`, which stops them. */
export const deleteApi = route({
  id: "deleteApi",
  tag: "apis",
  method: "delete",
  path: "/apis/{name}",
  summary: "Delete an API",
  query: { force: optional(FLAG, { description: "Stop its jobs first." }) },
  responses: answers(
    json(MessageResponseSchema, { deleted: { message: "deleted API image-classifier" } }),
    [404, 409],
  ),
  handler:
    (services) =>
    async (ctx, { force }) => {
      const { backend } = services;
      const { name } = await apiByName(backend, ctx.params.name);
      const active = await activeJobs(backend, name);
      if (active.length > 0 && !force) throw hasActiveJobs(name, active.length);
      await backend.ledger.apis.delete(name);
      // After the deletion: from now on no new job can arrive.
      if (force) await stopAll(services, name);
      ctx.body = { message: `deleted API ${name}` } satisfies MessageResponse;
    },
});

async function stopAll(services: Services, apiName: string): Promise<void> {
  for (;;) {
    const active = await activeJobs(services.backend, apiName);
    if (active.length === 0) return;
    for (const job of active) {
      await stopByUser(services, job).catch((error) => {
        // It may have ended by itself in the meantime.
        if (!isMillraceError(error, "conflict")) throw error;
      });
    }
  }
}

function hasActiveJobs(name: string, count: number): MillraceError {
  const jobs = count === 1 ? "1 job is" : `${count} jobs are`;
  return new MillraceError(
    "conflict",
    `Cannot delete API "${name}": ${jobs} not over; stop them first, or delete with force (?force=true, or --force on the command line)`,
    { details: { name, active_jobs: count } },
  );
}
