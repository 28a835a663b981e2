import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { Metrics } from "./metrics.ts";

/** `GET /metrics`: for Prometheus. */
export function getMetrics(services: Services): RouteHandler {
  return async (ctx) => {
    ctx.body = await services.metrics.render();
    ctx.type = Metrics.contentType;
  };
}
