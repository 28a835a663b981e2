import type { ApiResponse } from "@millrace/core";
import { ApiResponseSchema } from "@millrace/core/schemas";
import { apiByName } from "../http/find-api.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { apiSpecOf, apiView } from "../views/api-view.ts";
import { summarize } from "../views/summarize-jobs.ts";
import { route } from "./route.ts";

const RECENT_JOBS = 10;

export const getApi = route({
  id: "getApi",
  tag: "apis",
  method: "get",
  path: "/apis/{name}",
  summary: "Show an API",
  responses: answers(json(ApiResponseSchema), [404]),
  handler:
    ({ backend }) =>
    async (ctx) => {
      const api = await apiByName(backend, ctx.params.name);
      const recent = await backend.ledger.jobs.list({ apiName: api.name, limit: RECENT_JOBS });
      ctx.body = {
        ...(await apiView(ctx, backend, api)),
        api_spec: apiSpecOf(api),
        recent_jobs: await summarize(backend, recent),
      } satisfies ApiResponse;
    },
});
