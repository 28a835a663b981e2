import { isMillraceError, type MessageResponse, MillraceError } from "@millrace/core";
import { activeJobs } from "../active-jobs.ts";
import { booleanQuery, queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { stopJob } from "../stop-job.ts";
import { apiByName } from "./get-api.ts";

/** `DELETE /apis/<name>`: refused while jobs run, unless `?force=true`, which stops them first. */
export function deleteApi(services: Services): RouteHandler {
  const { backend } = services;
  return async (ctx) => {
    const force = booleanQuery("force", queryOf(ctx, ["force"]).force);
    const api = await apiByName(backend, param(ctx, "name"));
    for (let active = await activeJobs(backend, api.name); active.length > 0; ) {
      if (!force) throw hasActiveJobs(api.name, active.length);
      for (const job of active) {
        await stopJob(services, job).catch((error) => {
          // It may have ended by itself in between.
          if (!isMillraceError(error, "conflict")) throw error;
        });
      }
      active = await activeJobs(backend, api.name);
    }
    await backend.ledger.apis.delete(api.name);
    const body: MessageResponse = { message: `deleted API ${api.name}` };
    ctx.body = body;
  };
}

function hasActiveJobs(name: string, count: number): MillraceError {
  const jobs = count === 1 ? "1 job is" : `${count} jobs are`;
  return new MillraceError(
    "conflict",
    `Cannot delete API "${name}": ${jobs} not over; stop them first, or delete with force (?force=true, or --force on the command line)`,
    { details: { name, active_jobs: count } },
  );
}
