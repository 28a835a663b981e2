import type { RouteHandler } from "../http/types.ts";

/** `GET /`: where to look next. */
export function getRoot(): RouteHandler {
  return (ctx) => {
    ctx.body = { name: "millrace", openapi: `${ctx.origin}/openapi.json`, apis: `${ctx.origin}/apis` };
  };
}
