import type { RouteHandler } from "../http/types.ts";
import { openApiDocument } from "../openapi/document.ts";

/** `GET /openapi.json` */
export function getOpenApi(): RouteHandler {
  return (ctx) => {
    ctx.body = openApiDocument(ctx.state.serviceUrl);
  };
}
