import { prefersHtml } from "../http/answer-page.ts";
import type { RouteHandler } from "../http/types.ts";

/** `GET /`: where to look next; for a browser that is the dashboard. */
export function getRoot(): RouteHandler {
  return (ctx) => {
    ctx.vary("Accept");
    if (prefersHtml(ctx)) return ctx.redirect("/dashboard");
    ctx.body = {
      name: "millrace",
      openapi: `${ctx.state.serviceUrl}/openapi.json`,
      apis: `${ctx.state.serviceUrl}/apis`,
    };
  };
}
