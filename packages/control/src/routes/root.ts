import { serviceUrl } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";

/** `GET /`: where to look next. */
export function getRoot(): RouteHandler {
  return (ctx) => {
    ctx.body = {
      name: "millrace",
      openapi: `${serviceUrl(ctx)}/openapi.json`,
      apis: `${serviceUrl(ctx)}/apis`,
    };
  };
}
