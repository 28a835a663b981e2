import { MillraceError } from "@millrace/core";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";

/** `GET /healthz`: the process answers. */
export function getHealth(): RouteHandler {
  return (ctx) => {
    ctx.body = { status: "ok" };
  };
}

/** `GET /readyz`: the state can be read, and the service is not stopping. */
export function getReadiness(services: Services): RouteHandler {
  return async (ctx) => {
    if (services.stopping.aborted) {
      throw new MillraceError(
        "unavailable",
        "Cannot take requests: the service is stopping; try again later",
      );
    }
    await services.backend.ledger.jobs.active();
    ctx.body = { status: "ready" };
  };
}
