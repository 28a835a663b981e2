import type { ApiListResponse } from "@millrace/core";
import { ApiListResponseSchema } from "@millrace/core/schemas";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { apiView } from "../views/api-view.ts";
import { route } from "./route.ts";

export const listApis = route({
  id: "listApis",
  tag: "apis",
  method: "get",
  path: "/apis",
  summary: "List APIs",
  responses: answers(json(ApiListResponseSchema)),
  handler:
    ({ backend }) =>
    async (ctx) => {
      const apis = await backend.ledger.apis.list();
      const views = await Promise.all(apis.map((api) => apiView(ctx, backend, api)));
      ctx.body = { apis: views } satisfies ApiListResponse;
    },
});
