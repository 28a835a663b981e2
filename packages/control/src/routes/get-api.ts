import { type ApiResponse, type ApiVersion, type Backend, MillraceError } from "@millrace/core";
import { queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { apiSpecOf, apiView } from "../views/api-view.ts";
import { summarize } from "../views/summarize-jobs.ts";

const RECENT_JOBS = 10;

/** `GET /apis/<name>` */
export function getApi({ backend }: Services): RouteHandler {
  return async (ctx) => {
    queryOf(ctx, []);
    const api = await apiByName(backend, param(ctx, "name"));
    const recent = await backend.ledger.jobs.list({ apiName: api.name, limit: RECENT_JOBS });
    const body: ApiResponse = {
      ...(await apiView(ctx, backend, api)),
      api_spec: apiSpecOf(api),
      recent_jobs: await summarize(backend, recent),
    };
    ctx.body = body;
  };
}

/** The current version of an API. @throws {MillraceError} api_not_found */
export async function apiByName(backend: Backend, name: string): Promise<ApiVersion> {
  const api = await backend.ledger.apis.get(name);
  if (api) return api;
  throw new MillraceError(
    "api_not_found",
    `Cannot find API "${name}": it is not deployed; GET /apis lists those that are`,
    { details: { name } },
  );
}
