import type { ApiListResponse } from "@millrace/core";
import { queryOf } from "../http/query.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { apiView } from "../views/api-view.ts";

/** `GET /apis`: deployed APIs, by name. */
export function listApis({ backend }: Services): RouteHandler {
  return async (ctx) => {
    queryOf(ctx, []);
    const apis = await backend.ledger.apis.list();
    const body: ApiListResponse = { apis: await Promise.all(apis.map((api) => apiView(ctx, backend, api))) };
    ctx.body = body;
  };
}
