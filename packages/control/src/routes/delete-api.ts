import { isMillraceError, type MessageResponse, MillraceError } from "@millrace/core";
import { activeJobs } from "../active-jobs.ts";
import { booleanQuery, queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { stopJob } from "../stop-job.ts";
import { apiByName } from "./get-api.ts";

/** `DELETE /apis/<name>`: refused while jobs run, unless `?force=true`, which stops them. */
export function deleteApi(services: Services): RouteHandler {
  const { backend } = services;
  return async (ctx) => {
    const force = booleanQuery("force", queryOf(ctx, ["force"]).force);
    const { name } = await apiByName(backend, param(ctx, "name"));
    const active = await activeJobs(backend, name);
    if (active.length > 0 && !force) throw hasActiveJobs(name, active.length);
    await backend.ledger.apis.delete(name);
    // After it: from here on no job can come.
    if (force) await stopAll(services, name);
    const body: MessageResponse = { message: `deleted API ${name}` };
    ctx.body = body;
  };
}

async function stopAll(services: Services, apiName: string): Promise<void> {
  for (;;) {
    const active = await activeJobs(services.backend, apiName);
    if (active.length === 0) return;
    for (const job of active) {
      await stopJob(services, job).catch((error) => {
        // It may have ended by itself in between.
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
