import type { RouteHandler } from "../http/types.ts";

/** `GET /`: where to look next. */
export function getRoot(): RouteHandler {
  return (ctx) => {
    ctx.body = {
      name: "millrace",
      openapi: `${ctx.state.serviceUrl}/openapi.json`,
      apis: `${ctx.state.serviceUrl}/apis`,
    };
  };
}
